"""The command line: `python -m bot` runs the bot, `python -m bot check` verifies its settings."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, NoReturn

import aiohttp
import discord
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from bot.app.api_clients import api_clients
from bot.app.check import check
from bot.app.logging_setup import configure_logs
from bot.app.wiring import services_for
from bot.client.bot import Bot, use_discord_urls
from bot.http_session import connector
from bot.settings.model import Settings, SettingsError, load_settings
from bot.store import Database, ShardLoginLocks
from bot.timings import DEFAULT_TIMINGS, Timings
from bot.ui.base.errors import report
from bot.web import PortTaken

log = logging.getLogger("bot")


def main() -> int:
    """Run the command and return the exit code: 0 success, 1 could not start, 2 invalid settings."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="The ImaginePro bot for Discord.")
    parser.add_argument("command", nargs="?", choices=["run", "check"], default="run")
    command = parser.parse_args().command
    try:
        settings = load_settings()
    except SettingsError as error:
        print(*error.lines, sep="\n", file=sys.stderr)  # noqa: T201
        return 2
    configure_logs(settings)
    use_discord_urls(settings.discord_api_url, settings.discord_gateway_url)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(check(settings) if command == "check" else run(settings))


async def run(settings: Settings, timings: Timings = DEFAULT_TIMINGS) -> int:
    """The exit code, once the bot was told to stop or could not start."""
    try:
        async with (
            aiohttp.ClientSession(connector=connector()) as session,
            Database(settings.database_url.get_secret_value()) as database,
        ):
            clients = await api_clients(settings, session, database, timings)
            async with (
                ShardLoginLocks(database) as login_locks,
                Bot(
                    open_services=services_for(settings, database, clients, timings),
                    report=report,
                    shards=settings.shards,
                    login_gate=login_locks if settings.shards.is_partial else None,
                    timings=timings,
                    proxy=settings.proxies.for_url(URL(settings.discord_api_url)),
                ) as bot,
            ):
                await _run_until_signal(bot.start(settings.discord_token.get_secret_value()))
    except discord.LoginFailure:
        log.error("Discord refused DISCORD_TOKEN. Copy it again from the bot's page in the developer portal.")  # noqa: TRY400
    except (aiohttp.ClientConnectionError, discord.GatewayNotFound) as error:
        log.error("Discord can't be reached: %s", error)  # noqa: TRY400
    except discord.HTTPException as error:
        log.error("Discord did not let the bot start: %s", error)  # noqa: TRY400
    except PortTaken as error:
        log.error("The web side can't listen at WEB_HOST and WEB_PORT: %s", error)  # noqa: TRY400
    except (SQLAlchemyError, OSError) as error:
        log.error("The database can't be used: %s", error)  # noqa: TRY400
    else:
        return 0
    return 1


async def _run_until_signal(start: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine until it ends, or until SIGINT or SIGTERM cancels it.

    Cancelled, it closes what it has opened; closing the bot from outside would leave one that is still starting without
    its connections.
    """
    task = asyncio.create_task(start)

    def stop() -> None:
        log.info("stopping")
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        # On Windows the loop has no signal handlers; Ctrl+C raises KeyboardInterrupt there.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop  # noqa: PLC0415  # not available on Windows
    except ImportError:
        return None
    return uvloop.Loop


def _exit_process(code: int) -> NoReturn:
    """End the process without waiting for its threads.

    The workflow engine's threads keep retrying a lost database, while everything that matters is stored already.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _exit_process(main())
