"""Errors that end a start: one line each, which names what to do next."""

import asyncio
import io
import sys
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import psycopg.connection_async
import pytest

from bot.app.console import tolerate_narrow_output
from bot.app.event_loop import loop_factory
from bot.app.start_errors import explain
from bot.services.cluster.workflows import EngineFailed
from bot.store import UnusableDatabase
from bot.web import PortTaken
from playground.discord_server.observe.ban import PAGE

URL = "postgresql://bot:hunter2@host/bot"


def refused(status: int, message: Any) -> discord.HTTPException:
    """An error that discord.py raises for this answer."""
    return discord.HTTPException(cast(Any, SimpleNamespace(status=status, reason="Reason", headers={})), message)


def closed(code: int) -> discord.ConnectionClosed:
    """The error for a gateway that has closed the connection for good."""
    return discord.ConnectionClosed(cast(Any, SimpleNamespace(close_code=code)), shard_id=0)


@pytest.mark.parametrize(
    ("error", "cause", "advice"),
    [
        (discord.LoginFailure("Improper token"), "refused DISCORD_TOKEN", "Copy it again"),
        (closed(4004), "refused DISCORD_TOKEN", "Copy it again"),
        (closed(4010), "4010", "Check SHARD_IDS, SHARD_COUNT"),
        (closed(4011), "4011", "Raise SHARD_COUNT"),
        (closed(4013), "intents", "Update the bot"),
        (closed(4099), "4099", "Start the bot again"),
        (discord.PrivilegedIntentsRequired(0), "intents", "developer portal"),
        (refused(404, {"message": "404: Not Found", "code": 0}), "(404: 404: Not Found)", "Check DISCORD_TOKEN"),
        (refused(403, PAGE), "its network protection", "DISCORD_API_URL"),
        (refused(502, PAGE), "502: a web page in place of an answer", "DISCORD_API_URL"),
        (discord.GatewayNotFound(), "can't be reached", "Check the network"),
        (aiohttp.ClientError("no route"), "(no route)", "Check the network"),
        (PortTaken("127.0.0.1:8080: Address already in use"), "8080", "End what uses that port"),
        (UnusableDatabase("it is too new. Update."), "it is too new", "Update."),
        (EngineFailed("no tables"), "no tables", "Check DATABASE_URL"),
        (OSError("no space"), "no space", "could not start"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_has_one_line(error: Exception, cause: str, advice: str) -> None:
    """Cause and next step; no page, no password."""
    line = explain(error, URL)
    assert line is not None
    assert cause in line
    assert advice in line
    assert "\n" not in line
    assert "<" not in line
    assert "hunter2" not in line


def test_an_error_of_the_bots_own_is_shown_whole() -> None:
    """It has no line: its traceback is what helps."""
    assert explain(ZeroDivisionError(), URL) is None


async def test_postgresql_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver refuses the loop that asyncio takes there, so the bot takes the other one."""
    assert loop_factory(URL, "win32") is asyncio.SelectorEventLoop
    assert loop_factory("sqlite:///data/bot.db", "win32") is None
    # What the driver would say to each, on a machine that it takes for Windows.
    monkeypatch.setattr(psycopg.connection_async, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(asyncio, "ProactorEventLoop", type(asyncio.get_running_loop()), raising=False)
    with pytest.raises(psycopg.InterfaceError, match="ProactorEventLoop"):
        await psycopg.AsyncConnection.connect("host=127.0.0.1 port=9")
    monkeypatch.setattr(asyncio, "ProactorEventLoop", int)
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect("host=127.0.0.1 port=9")


def test_elsewhere_the_fast_loop_is_used() -> None:
    """Where it is installed."""
    uvloop = pytest.importorskip("uvloop")
    assert loop_factory(URL, "linux") is uvloop.Loop


def test_a_terminal_without_most_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: what its encoding lacks becomes a question mark."""
    bytes_ = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_, encoding="cp1252", write_through=True))
    tolerate_narrow_output()
    sys.stdout.write("bot │ Füchslein 🦊")
    assert bytes_.getvalue() == "bot ? Füchslein ?".encode("cp1252")
