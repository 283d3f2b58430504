"""A pytest plugin: a real Chromium for tests of pages, one for each process of pytest."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

WAIT_MS = 40_000  # reached only when something never appears
expect.set_options(timeout=WAIT_MS)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all pages on this machine, as long as one of them is open.
    "--process-per-site",
]

NewTab = Callable[[dict[str, Any]], AbstractAsyncContextManager[Page]]
"""Opens an empty tab in a browser that is set up like this, and closes it with every other tab there."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of all page tests; what needs it is skipped where none is installed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium found: install chromium or google-chrome to run the page tests")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def new_tab(browser: Browser) -> NewTab:
    """Opens tabs. Those with the same options share a context: the servers they talk to have ports of their own, and
    so the pages have storage of their own.
    """
    contexts: dict[str, BrowserContext] = {}

    @asynccontextmanager
    async def opened(options: dict[str, Any]) -> AsyncIterator[Page]:
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = await browser.new_context(**options)
            await _keep_process(contexts[key])
        tab = await contexts[key].new_page()
        tab.set_default_timeout(WAIT_MS)
        try:
            yield tab
        finally:
            for page in contexts[key].pages[1:]:
                await page.close()

    return opened


async def _keep_process(context: BrowserContext) -> None:
    """Leave a page open there: a process that has read the pages' modules before reads them faster."""
    page = await context.new_page()
    await page.route("**/*", lambda route: route.fulfill(body="", content_type="text/html"))
    await page.goto("http://127.0.0.1/")
