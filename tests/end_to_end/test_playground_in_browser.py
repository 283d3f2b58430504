"""`python -m playground` in a real Chromium, with the real bot behind the page."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, async_playwright, expect

from playground.process.bot_process import BotProcess, bot_environment
from tests.support.chromium import CHROMIUM, FLAGS, WAIT_MS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium or google-chrome"),
]

PLAYGROUND = (sys.executable, "-m", "playground", "--no-browser", "--port", "0", "--speed", "5")

# Collects every text that a reply shows, even for a short time.
COLLECT = """() => {
    window.seen = [];
    const texts = () => [...document.querySelectorAll(".message .text")].map((text) => text.textContent);
    const look = () => window.seen.push(...texts());
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
PERCENTAGES = """() => [...new Set(window.seen.flatMap((text) => text.match(/\\d+(?= %)/g) ?? []))].map(Number)"""
LOADED = "picture => picture.complete && picture.naturalWidth > 0"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a playground started from the command line; none of its log lines may be an error."""
    lines: list[str] = []
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_line(line: str) -> None:
        lines.append(line)
        found = re.search(r"is ready: (\S+)", line)
        if found and not ready.done():
            ready.set_result(found[1])

    async with BotProcess(bot_environment({}), tmp_path, on_line, PLAYGROUND):
        async with asyncio.timeout(60):
            served_at = await ready
        yield served_at
    assert [line for line in lines if "[error" in line or "Traceback" in line] == []


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """The page in a window of desktop width; it must not log errors or warnings."""
    problems: list[str] = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await chromium.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.extend(console_problem(line)))
        await page.goto(address)
        yield page
        await chromium.close()
    assert problems == []


def console_problem(line: ConsoleMessage) -> list[str]:
    """The console line if it is an error or a warning. A busy machine may request a preview after it has expired."""
    wrong = line.type in ("error", "warning") and "/cdn/preview/" not in line.location.get("url", "")
    return [f"{line.text} {line.location}"] if wrong else []


async def finished(page: Page, number: int, label: str) -> Locator:
    """The reply at this position, once it has a button with this label and its picture has loaded."""
    message = page.locator(".message").nth(number)
    await expect(message.get_by_role("button", name=label, exact=True)).to_be_visible()
    picture = message.locator(".gallery img")
    await expect(picture).to_have_count(1)
    await expect(picture).to_have_attribute("alt", re.compile("a red fox"))
    await page.wait_for_function(LOADED, arg=await picture.element_handle())
    return message


async def test_from_a_typed_command_to_a_variation(page: Page) -> None:
    """A typed command shows rising percentages and a picture; U2 and Vary (Strong) work; the page does not overflow."""
    await expect(page.get_by_text("Bot online")).to_be_visible()
    await page.evaluate(COLLECT)
    await page.keyboard.type("/imagine a red fox")
    await page.keyboard.press("Enter")
    grid = await finished(page, 0, "U2")
    percentages = await page.evaluate(PERCENTAGES)
    assert len(percentages) >= 3
    assert percentages == sorted(percentages)
    await grid.get_by_role("button", name="U2", exact=True).click()
    chosen = await finished(page, 1, "Vary (Strong)")
    await chosen.get_by_role("button", name="Vary (Strong)").click()
    await finished(page, 2, "U2")
    await expect(page.locator(".message")).to_have_count(3)
    addresses = [await picture.get_attribute("src") for picture in await page.locator(".gallery img").all()]
    assert len(set(addresses)) == 3
    assert await page.evaluate(OVERFLOW) == 0
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(chosen.locator(".gallery img")).to_be_visible()
    assert await page.evaluate(OVERFLOW) == 0
