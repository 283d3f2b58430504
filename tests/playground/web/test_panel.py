"""The panel beside the chat, in a real Chromium on a playground with a stand-in bot."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from playground.discord_server import DiscordServer
from playground.panel import panel_routes
from playground.stack import KEY, Stack
from tests.playground.panel.conftest import COMMAND
from tests.playground.web.axe import violations
from tests.playground.web.conftest import WEB
from tests.playground.web.test_frame import KEEP_SOCKETS, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SECTIONS = ("Requests", "Trouble", "Bot", "Speed & credits")
WIDE = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Both servers, the stand-in bot and the panel."""
    async with Stack(
        port=0, speed=5, data=tmp_path, say=lambda _: None, command=COMMAND, extra_routes=panel_routes
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def server(stack: Stack) -> DiscordServer:
    """The local Discord, whose page has a panel."""
    return stack.discord


async def opened(page: Page, section: str = "Requests") -> Locator:
    """The panel, opened at a section; the bot is online."""
    await expect(page.locator("#bot-status")).to_have_attribute("data-online", "true")
    await page.get_by_role("button", name="Behind the scenes").click()
    panel = page.get_by_role("complementary", name="Behind the scenes")
    await panel.get_by_role("button", name=section, exact=True).click()
    await expect(panel.locator(".panel-facts")).to_contain_text("Bot running")
    return panel


async def ask_api(stack: Stack, prompt: str) -> None:
    """What the bot would ask of the API for a picture."""
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{stack.api.url}/api/v1/nova/imagine"
    async with aiohttp.ClientSession() as http, http.post(url, json={"prompt": prompt}, headers=headers) as reply:
        await reply.read()


async def test_it_is_fetched_when_it_is_opened(page: Page) -> None:
    """Opened by its button, with the focus; it stays open over a reload, and closed after one."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/js/")[2]))
    await page.reload()
    panel = await opened(page, "Bot")
    assert asked.index("panel/door.js") < asked.index("panel/panel.js")
    await expect(panel.get_by_role("button", name="Bot", exact=True)).to_be_focused()
    await page.reload()
    await expect(panel.get_by_text("The bot's process")).to_be_visible()
    await expect(page.locator("#composer-text")).to_be_focused()
    await panel.get_by_role("button", name="Close the panel").click()
    await expect(panel).to_be_hidden()
    await expect(page.get_by_role("button", name="Behind the scenes")).to_be_focused()
    asked.clear()
    await page.reload()
    await expect(page.get_by_role("button", name="Behind the scenes")).to_be_visible()
    assert "panel/panel.js" not in asked


async def test_requests_are_shown_as_they_come(page: Page, stack: Stack) -> None:
    """A row at once; opened it shows body and answer, and nothing that is secret."""
    panel = await opened(page)
    await expect(panel.locator(".panel-limits")).to_contain_text("may go now")
    await ask_api(stack, "a red fox")
    row = panel.locator(".panel-request:visible").first
    await expect(row).to_contain_text("POST/nova/imagine200a red fox")
    await row.locator("summary").click()
    await expect(row).to_contain_text('"messageId":')
    await panel.get_by_role("button", name="Discord", exact=True).click()
    commands = panel.locator(".panel-request:visible").first
    await expect(commands).to_contain_text("PUT")
    await commands.locator("summary").click()
    await expect(commands).to_contain_text('"description": "Paint"')
    await expect(panel).not_to_contain_text(stack.discord.token)


async def test_only_the_newest_requests_stay(page: Page, stack: Stack) -> None:
    """A busy bot does not drown the page."""
    panel = await opened(page)
    await panel.get_by_role("button", name="Discord", exact=True).click()
    rows, request_log = panel.locator(".panel-request:visible"), stack.discord.request_log
    for count in (150, 300):
        for _ in range(count):
            request_log.add(request_log[0])
        await expect(rows).to_have_count(min(200, len(request_log)))


async def test_trouble_is_chosen_and_cleared(page: Page, stack: Stack) -> None:
    """What is on is shown on both sides, and in every tab; All well again ends it."""
    panel, on = await opened(page, "Trouble"), stack.api.faults
    other = await page.context.new_page()
    await other.goto(stack.discord.url)
    elsewhere = await opened(other, "Trouble")
    await panel.get_by_role("button", name="Queue is full").click()
    await panel.get_by_role("button", name="Until cleared").click()
    await panel.get_by_label("Every scenario").select_option("no-buttons")
    await expect(panel).to_contain_text("The finished record has no buttons.")
    await panel.get_by_role("button", name="Let it happen").click()
    await panel.get_by_role("button", name="Slow answers").click()
    for each in (panel, elsewhere):
        await expect(each.locator(".panel-on").first).to_have_text("queue fullnext timeno buttonsuntil cleared")
        await expect(each.locator(".panel-on").last).to_have_text("Every answer comes 2 s late")
    assert [(each.fault.name, each.times) for each in on.current] == [("queue-full", 1), ("no-buttons", None)]
    await elsewhere.get_by_role("button", name="All well again").first.click()
    await elsewhere.get_by_role("button", name="All well again").last.click()
    await expect(panel.locator(".panel-on")).to_have_text(["All is well", "All is well"])
    assert (on.current, stack.discord.faults.delay) == ([], 0)


async def test_an_outage_counts_down(page: Page) -> None:
    """Down for a minute is less than a minute soon."""
    panel = await opened(page, "Trouble")
    await panel.get_by_role("button", name="Down for a minute").click()
    await expect(panel.locator(".panel-on").first).to_have_text(re.compile("^downfor up to [1-5][0-9] s$"))


@pytest.mark.process
async def test_the_bot_is_killed_and_started(page: Page, stack: Stack) -> None:
    """Its process ends, the page says so, and another takes its place."""
    panel, first = await opened(page, "Bot"), stack.bot.pid
    await expect(panel.get_by_label("What the bot says")).to_contain_text(f"pid {first}")
    await panel.get_by_role("button", name="Kill", exact=True).click()
    await expect(panel.get_by_role("status")).to_have_text("The bot was killed.")
    await expect(page.locator("#bot-status")).to_have_text("Bot offline")
    await expect(panel.get_by_role("button", name="Kill and restart")).to_be_disabled()
    await panel.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#bot-status")).to_have_text("Bot online")
    await panel.get_by_role("button", name="Kill and restart").click()
    await expect(panel.get_by_role("status")).to_have_text("The bot was killed and started again.")
    await expect(panel.locator(".panel-dl")).to_contain_text("3 times")
    await expect(panel.get_by_label("What the bot says")).to_contain_text(f"pid {stack.bot.pid}")
    assert stack.bot.pid != first


async def test_speed_and_credits(page: Page, stack: Stack) -> None:
    """The pace is pressed, the account emptied and filled."""
    panel = await opened(page, "Speed & credits")
    await expect(panel.get_by_role("button", name="×5")).to_have_attribute("aria-pressed", "true")
    await panel.get_by_role("button", name="×20").click()
    await expect(panel.get_by_role("button", name="×20")).to_have_attribute("aria-pressed", "true")
    assert stack.api.speed == 20
    await panel.get_by_role("button", name="Empty the account").click()
    await expect(panel.locator(".panel-big")).to_have_text("0 of 1,600")
    await panel.get_by_role("button", name="Add 100").click()
    await expect(panel.locator(".panel-facts")).to_contain_text("100 credits")


async def test_a_lost_line_is_found_again(page: Page, stack: Stack) -> None:
    """The panel says that it is cut off, and goes on with the whole state."""
    await page.add_init_script(KEEP_SOCKETS)
    await page.reload()
    panel = await opened(page)
    stack.api.faults.choose("queue-full")
    await page.evaluate("sockets.find(({ url }) => url.endsWith('/panel/ws')).close()")
    await expect(panel.get_by_role("status")).to_contain_text("Trying again")
    await expect(panel.get_by_role("status")).to_be_empty()
    await panel.get_by_role("button", name="Trouble").click()
    await expect(panel.locator(".panel-on").first).to_contain_text("queue full")


@pytest.mark.parametrize("wanted", [PHONE])
async def test_a_sheet_over_the_chat_on_a_phone(page: Page, wanted: dict[str, Any]) -> None:
    """At 390 pixels it covers everything, keeps the focus from the chat and closes by button and by Escape."""
    panel = await opened(page)
    box = await panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    for section in SECTIONS:
        await panel.get_by_role("button", name=section, exact=True).click()
        assert await page.evaluate(OVERFLOW) == 0
    await expect(page.locator(".chat")).to_have_attribute("inert", "")
    await panel.get_by_role("button", name="Close the panel").click()
    await expect(panel).to_be_hidden()
    await expect(page.locator(".chat")).not_to_have_attribute("inert", "")
    await page.get_by_role("button", name="Behind the scenes").click()
    await expect(panel).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()


@pytest.mark.parametrize("wanted", [WIDE, {**PHONE, "reduced_motion": "reduce"}], ids=["wide", "narrow"])
@pytest.mark.parametrize("section", SECTIONS)
async def test_it_is_accessible(page: Page, stack: Stack, section: str, wanted: dict[str, Any]) -> None:
    """axe-core finds nothing, light and dark, with a request open, trouble on and a bad status."""
    stack.api.faults.choose("queue-full")
    await ask_api(stack, "a red fox")
    stack.api.faults.choose("fails-at-60")
    panel = await opened(page)
    await panel.locator(".panel-request summary:visible").first.click()
    await expect(panel.locator("pre:visible").first).to_be_visible()
    await panel.get_by_role("button", name=section, exact=True).click()
    assert await violations(page, "#panel") == []


@pytest.mark.parametrize("wanted", [WIDE])
async def test_the_question_before_a_new_beginning(page: Page, wanted: dict[str, Any]) -> None:
    """It is accessible, and Cancel and Escape leave everything as it is."""
    panel = await opened(page, "Bot")
    for leave in (lambda: page.get_by_role("button", name="Cancel").click(), lambda: page.keyboard.press("Escape")):
        await panel.get_by_role("button", name="Reset everything").click()
        await expect(page.get_by_role("dialog", name="Begin anew?")).to_be_visible()
        assert await violations(page, "dialog") == []
        await leave()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(panel).to_be_visible()


async def test_it_is_light() -> None:
    """Under 25 kB, all of it."""
    files = [*(WEB / "js" / "panel").glob("*.js"), WEB / "css" / "panel.css"]
    assert sum(file.stat().st_size for file in files) < 25_000
