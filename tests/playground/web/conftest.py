"""The page in a real Chromium, on the real local Discord, with a scripted bot."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from discord.gateway import DiscordWebSocket
from discord.http import Route
from playwright.async_api import Page
from yarl import URL

from playground.discord_server import DiscordServer, Limits
from tests.playground.web.scripted_bot import ScriptedBot
from tests.support.chromium import NewTab

WEB = Path(__file__).resolve().parents[3] / "playground" / "web"
PATIENCE = 15.0  # seconds until a press counts as unanswered: a busy machine may well stand still for Discord's three


WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIZES = [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")]
at_both_widths = pytest.mark.parametrize("wanted", SIZES)


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[DiscordServer]:
    """A local Discord that serves the page."""
    async with DiscordServer(page=WEB, limits=Limits.lifted(), answer_seconds=PATIENCE) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def bot(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScriptedBot]:
    """The scripted bot, online and with its commands registered."""
    monkeypatch.setattr(Route, "BASE", server.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
    scripted = ScriptedBot()
    running = asyncio.create_task(scripted.start(server.token))
    await asyncio.wait_for(scripted.online.wait(), 60)
    yield scripted
    await scripted.close()
    await asyncio.wait_for(running, 60)
    await _leave_nothing_waiting()


async def _leave_nothing_waiting() -> None:
    """End commands that no test let go on: nothing refers to them any more, and asyncio complains when they vanish."""
    waiting = [task for task in asyncio.all_tasks() if task.get_name().startswith(("CommandTree-", "discord-ui-"))]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.fixture
def wanted() -> dict[str, Any]:
    """How the browser is set up; a test module or a parameter may say otherwise."""
    return WIDE


@pytest_asyncio.fixture(loop_scope="session")
async def page(new_tab: NewTab, server: DiscordServer, wanted: dict[str, Any]) -> AsyncIterator[Page]:
    """The page, opened; fails the test when the page logs an error or asks any other place for anything."""
    trouble: list[str] = []
    async with new_tab(wanted) as tab:
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
        at_home = (server.url, "blob:")
        tab.on("request", lambda asked: None if asked.url.startswith(at_home) else trouble.append(asked.url))
        await tab.goto(server.url)
        await tab.locator(".channel").first.wait_for(state="attached")
        yield tab
    assert trouble == []
