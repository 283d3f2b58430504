"""The web site on a real socket, with scripted services behind it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from bot.web import WebSite, site
from tests.bot.web.scripted_mask_service import TICKET, ScriptedMaskService
from tests.bot.web.scripted_webhook_service import ScriptedWebhooks
from tests.support.chromium import NewTab


@pytest.fixture
def mask_service() -> ScriptedMaskService:
    return ScriptedMaskService()


@pytest.fixture
def webhooks() -> ScriptedWebhooks:
    return ScriptedWebhooks()


@pytest_asyncio.fixture(loop_scope="session")
async def address(mask_service: ScriptedMaskService, webhooks: ScriptedWebhooks) -> AsyncIterator[str]:
    """The site's address."""
    async with WebSite(site(mask_service, webhooks)) as running:
        yield f"http://{running.host}:{running.port}"


@pytest.fixture
def context_options() -> dict[str, Any]:
    """Options of the browser context; tests override them by parametrizing."""
    return {"viewport": {"width": 1280, "height": 800}}


@pytest_asyncio.fixture(loop_scope="session")
async def tab(new_tab: NewTab, address: str, context_options: dict[str, Any]) -> AsyncIterator[Page]:
    """An empty tab; a logged error or a request to another host fails the test."""
    problems: list[str] = []
    async with new_tab(context_options) as tab:
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on(
            "console",
            lambda line: problems.append(line.text) if line.type == "error" and _is_unexpected(line.text) else None,
        )
        tab.on(
            "request", lambda asked: None if asked.url.startswith((address, "blob:")) else problems.append(asked.url)
        )
        yield tab
    assert problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(tab: Page, address: str) -> Page:
    """A tab with the loaded editor."""
    await tab.goto(f"{address}/mask/{TICKET}")
    await tab.locator("#editor").wait_for()
    return tab


def _is_unexpected(line: str) -> bool:
    """Whether the line is not one of Chromium's notes about failed requests that tests cause."""
    return not any(known in line for known in ("status of 410", "status of 422", "net::ERR_FAILED"))
