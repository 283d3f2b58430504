"""The playground with a stand-in bot, and a panel open on it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.panel import panel_routes
from playground.stack import Stack
from tests.playground.panel.client import PanelClient, panel_at
from tests.playground.test_cli import STAND_IN

COMMAND = (sys.executable, "-c", STAND_IN)


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """Both servers, the stand-in bot and the panel's route."""
    async with Stack(
        port=0, speed=400, data=tmp_path, say=lambda _: None, command=COMMAND, extra_routes=panel_routes
    ) as running:
        yield running


@pytest.fixture
async def panel(stack: Stack) -> AsyncIterator[PanelClient]:
    """An open panel; the stand-in bot is online."""
    async with panel_at(stack.discord.url) as client:
        await client.until(lambda state: state["bot"]["online"])
        yield client
