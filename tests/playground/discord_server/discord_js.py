"""The discord.js bot of tests/node as a process, spoken to in lines of JSON."""

import asyncio
import base64
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from playground.discord_server import DiscordServer
from tests.playground.discord_server.sample_bot import picture

FOLDER = Path(__file__).parents[2] / "node"
SECONDS = 60.0


class NodeBot:
    """The running bot."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.ready: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []

    async def next(self, *events: str) -> dict[str, Any]:
        """The next line of these kinds that the bot prints; lines before it are kept in `told`."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while line := await self._process.stdout.readline():
                self.told.append(json.loads(line))
                if self.told[-1]["event"] in events:
                    return self.told[-1]
        raise AssertionError(f"the bot ended without {events}: {self.told}")

    async def order(self, what: str, **details: Any) -> None:
        """Send the bot a command, without awaiting its result."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **details}).encode() + b"\n")
        await self._process.stdin.drain()

    async def do(self, what: str, **details: Any) -> dict[str, Any]:
        """What comes of an order: `done`, or an `error` with the class it had in JavaScript."""
        await self.order(what, **details)
        return await self.next("done", "error")


def node() -> str:
    """The command that runs JavaScript; skips the calling test where it or discord.js is missing."""
    command = shutil.which("node")
    if command is None or not (FOLDER / "node_modules" / "discord.js").is_dir():
        pytest.skip("discord.js is not here: install Node.js and run `npm install` in tests/node")
    return command


@asynccontextmanager
async def discord_js(server: DiscordServer, compress: str = "") -> AsyncIterator[NodeBot]:
    """A discord.js bot that is logged in, its commands registered."""
    async with started(server, compress) as bot:
        bot.ready = await bot.next("ready")
        yield bot


@asynccontextmanager
async def started(server: DiscordServer, compress: str = "") -> AsyncIterator[NodeBot]:
    """The bot's process; killed at the end unless it ends by itself."""
    environment = {
        "PATH": os.environ["PATH"], "DISCORD_API": f"{server.url}/api", "DISCORD_TOKEN": server.token,
        "DISCORD_COMPRESS": compress, "DISCORD_PICTURE": base64.b64encode(picture()).decode(),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        node(), "bot.mjs", cwd=FOLDER, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield NodeBot(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
