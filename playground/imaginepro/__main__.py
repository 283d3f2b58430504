"""`python -m playground.imaginepro`: the simulated API by itself."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

from .simulator import Simulator


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m playground.imaginepro", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on, 0 for any")
    parser.add_argument("--key", default="sk-playground", help="the API key it accepts")
    parser.add_argument("--speed", type=float, default=1.0, help="pace of jobs; at 1 an imagine takes 40 s")
    parser.add_argument("--credits", type=int, default=1600, help="credits in the account")
    parser.add_argument("--public-url", help="address under which pictures are given out, if not the one listened on")
    parser.add_argument("--no-limits", action="store_true", help="do not enforce the request limits")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Serve until interrupted."""
    async with Simulator(
        host=options.host,
        port=options.port,
        key=options.key,
        speed=options.speed,
        credits=options.credits,
        limits=not options.no_limits,
        public_url=options.public_url,
    ) as api:
        sys.stdout.write(f"ImaginePro, simulated: {api.url}\nScenarios: {api.url}/control/scenarios\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve; an address that can't be listened on ends the process with one line."""
    options = arguments()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(options))
    except OSError as problem:
        sys.exit(f"Cannot listen on {options.host}:{options.port}: {problem.strerror}")


if __name__ == "__main__":
    main()
