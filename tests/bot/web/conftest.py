"""The real site on a socket, with a scripted desk behind it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.web import WebSite, site
from tests.bot.web.scripted_mask_desk import TICKET, ScriptedDesk
from tests.bot.web.scripted_webhook_desk import ScriptedHooks
from tests.support.chromium import WAIT_MS


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk()


@pytest.fixture
def hooks() -> ScriptedHooks:
    return ScriptedHooks()


@pytest_asyncio.fixture(loop_scope="session")
async def address(desk: ScriptedDesk, hooks: ScriptedHooks) -> AsyncIterator[str]:
    """Where the site is."""
    async with WebSite(site(desk, hooks)) as running:
        yield f"http://{running.host}:{running.port}"


@pytest.fixture
def wanted() -> dict[str, Any]:
    """How the browser is set up; a test module or a parameter may say otherwise."""
    return {"viewport": {"width": 1280, "height": 800}}


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, address: str, wanted: dict[str, Any]) -> AsyncIterator[Page]:
    """An empty tab; fails the test when a page in it logs an error or asks any other place for anything."""
    context = await browser.new_context(**wanted)
    tab = await context.new_page()
    tab.set_default_timeout(WAIT_MS)
    trouble: list[str] = []
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on(
        "console", lambda line: trouble.append(line.text) if line.type == "error" and _unforeseen(line.text) else None
    )
    tab.on("request", lambda asked: None if asked.url.startswith((address, "blob:")) else trouble.append(asked.url))
    yield tab
    await context.close()
    assert trouble == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Page, address: str) -> Page:
    """The editor, opened and ready."""
    await tab.goto(f"{address}/mask/{TICKET}")
    await tab.locator("#editor").wait_for()
    return tab


def _unforeseen(line: str) -> bool:
    """Whether it is more than Chromium's own note that a test had a request refused or cut off."""
    return not any(known in line for known in ("status of 410", "status of 422", "net::ERR_FAILED"))
