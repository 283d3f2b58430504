"""`python -m playground.discord_server`: the local Discord alone, for a bot of any kind."""

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from .server import DiscordServer
from .state.seed import bot_token

PAGE = Path(__file__).parent.parent / "web"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m playground.discord_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8095)
    parser.add_argument("--token", default=bot_token("token"), help="the bot token to accept (%(default)s)")
    parser.add_argument("--shards", type=int, default=1, help="how many shards to recommend")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Serve until interrupted."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: there Ctrl-C arrives as KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    page = PAGE if PAGE.is_dir() else None
    async with DiscordServer(options.port, token=options.token, page=page, shards=options.shards) as discord:
        sys.stdout.write(
            f"page                 {discord.url}\n"
            f"DISCORD_API_URL      {discord.api_url}\n"
            f"DISCORD_GATEWAY_URL  {discord.gateway_url}\n"
        )
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve; an address that can't be listened on ends the process with one line."""
    options = arguments()
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options))
    except OSError as problem:
        sys.exit(f"Cannot listen on port {options.port}: {problem.strerror}. Choose another with --port.")


if __name__ == "__main__":
    main()
