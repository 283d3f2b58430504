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

from bot.app.api_clients import api_clients
from bot.app.check import check
from bot.app.logging_setup import configure_logs
from bot.app.wiring import services_for
from bot.client.bot import Bot, use_discord_urls
from bot.settings.model import Settings, SettingsError, load_settings
from bot.store import Database, ShardLoginLocks
from bot.timings import Timings
from bot.ui.base.errors import report
from bot.web import PortTaken

log = logging.getLogger("bot")


def main() -> int:
    """The exit code: 0 well, 1 failed while starting, 2 settings missing or malformed."""
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


async def run(settings: Settings, timings: Timings | None = None) -> int:
    """The exit code, once the bot was told to stop or could not start."""
    try:
        async with aiohttp.ClientSession() as session, Database(settings.database_url.get_secret_value()) as database:
            clients = await api_clients(settings, session, database)
            async with (
                ShardLoginLocks(database) as login_locks,
                Bot(
                    open_services=services_for(settings, database, clients, timings),
                    report=report,
                    shards=settings.shards,
                    login_gate=login_locks if settings.shards.some else None,
                ) as bot,
            ):
                await _until_told_to_stop(bot.start(settings.discord_token.get_secret_value()))
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


async def _until_told_to_stop(running: Coroutine[Any, Any, None]) -> None:
    """Return when this has ended, or was broken off by a signal: whoever has opened something then closes it.

    Closed from elsewhere, a bot that is still starting would go on without its connections.
    """
    task = asyncio.create_task(running)

    def stop() -> None:
        log.info("stopping")
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers on its loop; there Ctrl+C ends the process by KeyboardInterrupt.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop  # noqa: PLC0415  # not there on Windows
    except ImportError:
        return None
    return uvloop.Loop


def _end(code: int) -> NoReturn:
    """End the process, whatever its threads still wait for.

    The workflow engine's insist on a database that is away, while everything worth keeping has been kept.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _end(main())
