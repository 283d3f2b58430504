"""A new beginning as a page meets it; and a server that has no panel."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from playground.cli import Options
from playground.terminal import launch
from tests.playground.panel.conftest import COMMAND
from tests.playground.process.test_bot_process import Heard
from tests.support.chromium import WAIT_MS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def address() -> AsyncIterator[str]:
    """Where a playground with a stand-in bot is served."""
    heard = Heard()
    running = asyncio.create_task(launch(Options(port=0, browser=False), heard, COMMAND))
    yield re.findall(r"http://\S+", await heard.wait_for("is ready"))[0]
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 60) == 0


@pytest.mark.process
async def test_the_page_comes_back_empty(browser: Browser, address: str) -> None:
    """Nothing of the earlier world stays, neither messages nor a draft nor a failed command; member and panel do."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    crashes: list[str] = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    await page.goto(address)
    await expect(page.locator("#bot-status")).to_have_text("Bot online")
    await page.get_by_role("button", name="You are Mia").click()
    await page.get_by_role("option", name="Adam").click()
    composer = page.locator("#composer-text")
    await composer.fill("from the earlier world")
    await page.keyboard.press("Enter")
    await composer.fill("/imagine")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("did not respond")
    await expect(page.locator(".message")).to_have_count(2)
    await page.get_by_role("button", name="art", exact=True).click()
    await composer.fill("a draft")
    await page.get_by_role("button", name="Behind the scenes").click()
    panel = page.get_by_role("complementary", name="Behind the scenes")
    await panel.get_by_role("button", name="Bot", exact=True).click()
    pid = await panel.locator(".panel-dl dd").nth(1).inner_text()
    await panel.get_by_role("button", name="Reset everything").click()
    await page.get_by_role("button", name="Forget everything").click()
    await expect(panel.locator(".panel-dl dd").nth(1)).not_to_have_text(pid)
    await expect(page.locator("#bot-status")).to_have_text("Bot online")
    await expect(page.get_by_role("button", name="You are Adam")).to_be_visible()
    await expect(composer).to_be_empty()
    await expect(page.locator("#channel-title")).to_have_text("general")
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator(".channel[data-unread=true]")).to_have_count(0)
    await context.close()
    assert crashes == []


async def test_without_a_panel_there_is_no_button(page: Page) -> None:
    """The local Discord alone offers none."""
    await expect(page.locator("#bot-status")).to_have_text("Bot offline")
    await expect(page.locator("#panel-door")).to_be_hidden()
