"""The panel of `python -m playground`, in a real Chromium with the real bot behind the page."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.end_to_end.test_playground_in_browser import address, finished, page
from tests.support.chromium import CHROMIUM

__all__ = ["address", "page"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium or google-chrome"),
]


async def opened(page: Page, section: str) -> Locator:
    """The panel, opened at this section."""
    await expect(page.get_by_text("Bot online")).to_be_visible()
    await page.get_by_role("button", name="Behind the scenes").click()
    panel = page.get_by_role("complementary", name="Behind the scenes")
    await panel.get_by_role("button", name=section, exact=True).click()
    return panel


async def imagine(page: Page) -> Locator:
    """The newest message, after an /imagine command."""
    count = await page.locator(".message").count()
    await page.locator("#composer-text").fill("/imagine a red fox")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_have_count(count + 1)
    return page.locator(".message").last


async def test_a_chosen_scenario_applies_to_the_next_job(page: Page) -> None:
    """Only the next job fails as chosen, and the panel shows the bot's requests."""
    panel = await opened(page, "Trouble")
    await panel.get_by_role("button", name="Prompt refused").click()
    await expect(panel.locator(".panel-on").first).to_contain_text("prompt refused")
    refused = await imagine(page)
    await expect(refused).to_contain_text("community standards")
    await expect(panel.locator(".panel-on").first).to_have_text("All is well")
    await panel.get_by_role("button", name="Requests", exact=True).click()
    row = panel.locator(".panel-request", has_text="/nova/imagine")
    await expect(row).to_contain_text("400")
    await expect(panel.locator(".panel-limits")).to_contain_text("may go now")
    await imagine(page)
    await finished(page, 1, "U2")


async def test_a_killed_bot_finishes_its_job(page: Page) -> None:
    """A bot killed during a job and restarted puts the picture into the same message."""
    panel = await opened(page, "Speed & credits")
    await panel.get_by_role("button", name="×1", exact=True).click()
    await expect(panel.locator(".panel-facts")).to_contain_text("×1")
    reply = await imagine(page)
    await expect(reply).to_contain_text(re.compile(r"\d %"))
    await panel.get_by_role("button", name="Bot", exact=True).click()
    await panel.get_by_role("button", name="Kill and restart").click()
    await expect(panel.get_by_role("status")).to_have_text("The bot was killed and started again.")
    await expect(panel.locator(".panel-facts")).to_contain_text("1 running")
    await panel.get_by_role("button", name="Speed & credits").click()
    await panel.get_by_role("button", name="×20").click()
    await finished(page, 0, "U2")
    await expect(page.locator(".message")).to_have_count(1)
    await expect(panel.locator(".panel-facts")).to_contain_text("1,590 credits")
