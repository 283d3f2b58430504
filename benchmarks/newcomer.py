"""The playground's first start: seconds until the page and the first picture."""

import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, async_playwright, expect

from benchmarks.figures import Part, limited, row
from playground.process.bot_process import BotProcess, bot_environment

COMMAND = (sys.executable, "-m", "playground", "--no-browser", "--port", "0")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MOST_SECONDS = 20.0
_COLUMNS = ("this bot",)
_TITLE = "a newcomer at the playground, with the usual options"
_PATIENCE_MS = 120_000
_WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((entry) => !entry.name.includes("/attachments/"))
    .reduce((sum, entry) => [sum[0] + entry.transferSize, sum[1] + entry.decodedBodySize], [0, 0])"""


async def measure(starts: int) -> Part:
    """The figures of this many starts, each with the first example prompt pressed at once."""
    if CHROMIUM is None:
        return Part(6, _TITLE, _COLUMNS, [], ("No Chromium is installed here.",))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await _first_picture(browser)  # warms the caches
        runs = [await _first_picture(browser) for _ in range(starts)]
        await browser.close()
    shown, preview, picture, sent, weight = (max(column) for column in zip(*runs, strict=True))
    rows = [
        row("start to a page to type in, s", starts, shown),
        row("start to the first preview, s", starts, preview),
        limited("start to the first picture, s", starts, picture, most=MOST_SECONDS),
        row("the page as it is sent, kB", starts, sent / 1000),
        limited("the page as the browser keeps it, kB", starts, weight / 1000, most=150),
    ]
    return Part(6, _TITLE, _COLUMNS, rows, ("The slowest of all starts. A kB is 1,000 bytes; pictures are left out.",))


async def _first_picture(browser: Browser) -> list[float]:
    """Seconds to the page, the first preview and the picture; bytes transferred and bytes decoded."""
    started = time.monotonic()
    async with _playground() as address:
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(_PATIENCE_MS)
        await page.goto(address)
        example = page.locator(".example").first
        await expect(example).to_be_enabled(timeout=_PATIENCE_MS)
        shown = time.monotonic() - started
        weight = await page.evaluate(_WEIGHT)
        await example.click()
        await _picture_in(page.locator(".message .gallery img").first)
        preview = time.monotonic() - started
        message = page.locator(".message").first
        await message.get_by_role("button", name="U1", exact=True).wait_for()
        await _picture_in(message.locator(".gallery img").first)
        picture = time.monotonic() - started
        await page.close()
    return [shown, preview, picture, *weight]


async def _picture_in(image: Locator) -> None:
    """Wait until the image has loaded."""
    await image.wait_for()
    await image.evaluate("(image) => image.decode()")


@asynccontextmanager
async def _playground() -> AsyncIterator[str]:
    """The address of a newly started playground, once it is ready."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_line(line: str) -> None:
        found = re.search(r"is ready: (\S+)", line)
        if found and not ready.done():
            ready.set_result(found[1])

    with tempfile.TemporaryDirectory() as folder:
        async with BotProcess(bot_environment({}), Path(folder), on_line, COMMAND):
            async with asyncio.timeout(60):
                address = await ready
            yield address
