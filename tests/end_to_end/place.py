"""Where a bot runs: both neighbours on real sockets, a folder for its database, and all that its processes said."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playground.discord_server import DiscordServer, IdentifyLimits, Member, Outcome
from playground.discord_server.base.waiting import WAIT_SECONDS
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Simulator
from playground.stack import PAGE
from tests.end_to_end.readers import Message, offers
from tests.end_to_end.relay import Relay
from tests.end_to_end.running_bot import RunningBot

KEY = "sk-end-to-end-0123456789"
_TOKEN_IN_PATH = re.compile(r"/(?:interactions|webhooks)/\d+/([^/]+)")


class Place:
    """The API with its real request limits, a local Discord, and a relay in front of both.

    `runs` are the bots that ran here, oldest first. With `relayed`, bots reach the API through the relay; with
    `identify_limits`, the gateway counts how often shards log in. `patience` is how many seconds an interaction waits
    for its answer; whatever else is given is the simulated API's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 60.0,
        shards: int = 1,
        relayed: bool = False,
        identify_limits: IdentifyLimits | None = None,
        patience: float = 20.0,
        **api: Any,
    ) -> None:
        self.folder = folder
        self.runs: list[RunningBot] = []
        self.discord = DiscordServer(shards=shards, answer_seconds=patience, page=PAGE, identify_limits=identify_limits)
        self.relay = Relay()
        # Small pictures: painting them takes the processor from whatever is tried here.
        self._api = {"key": KEY, "speed": speed, "side": 256, **api}
        self._relayed = relayed
        self._resources = AsyncExitStack()
        self._online = asyncio.Event()
        self._offline = asyncio.Event()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.relay)
            await opening.enter_async_context(self.discord)
            public = self.relay.url("pictures") if self._relayed else None
            self.api = await opening.enter_async_context(Simulator(public_url=public, **self._api))
            self.relay.mount("pictures", self.api.url)
            self.relay.mount("chat", self.discord.url)
            self.discord.core.gateway.listeners.append(self._heard_of_bot)
            self._heard_of_bot(False)
            self._resources = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def mia(self) -> Member:
        """A member without special rights."""
        return self.discord.member("mia")

    @property
    def channel(self) -> Channel:
        """Where she writes."""
        return self.discord.world.channel("general")

    @property
    def settings(self) -> dict[str, str]:
        """What a bot is told, as environment variables."""
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "IMAGINEPRO_API_KEY": KEY,
            "IMAGINEPRO_BASE_URL": self.relay.url("pictures") if self._relayed else self.api.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'bot.db'}",
            "POLL_SECONDS": "0.3",
            "LOG_FORMAT": "json",
        }

    @asynccontextmanager
    async def bot(self, **settings: str) -> AsyncIterator[RunningBot]:
        """A bot that is online; one that ended before is gone from Discord by then."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._offline.wait()
        bot = RunningBot({**self.settings, **settings}, self.folder)
        self.runs.append(bot)
        async with bot:
            await self._until_online(bot)
            yield bot

    @asynccontextmanager
    async def cluster(self, number: int, count: int, **settings: str) -> AsyncIterator[RunningBot]:
        """One of several processes that serve the bot together; whoever needs it ready waits for what it says."""
        clusters = {"CLUSTER_ID": str(number), "CLUSTER_COUNT": str(count)}
        bot = RunningBot({**self.settings, **clusters, **settings}, self.folder)
        self.runs.append(bot)
        async with bot:
            yield bot

    async def imagine(self, prompt: str = "a red fox") -> Outcome:
        """What comes of Mia's command, once it is answered."""
        return await self.mia.slash(self.channel, "imagine", prompt=prompt)

    async def result(self, outcome: Outcome, label: str = "U2") -> Message:
        """The reply with its picture and this button."""
        return await outcome.wait_for(offers(label))

    async def back_online(self) -> None:
        """Returns once the bot is connected, after it was not."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._online.wait()

    def submissions(self) -> list[str]:
        """The last part of the path of every POST the API has received."""
        return [entry.path.rsplit("/", 1)[1] for entry in self.api.request_log if entry.method == "POST"]

    def complaints(self) -> list[str]:
        """What is wrong with what all bots said and kept here: secrets, errors, lines that are no JSON."""
        found = [text for bot in self.runs for line in bot.lines for text in self._about(line)]
        kept = b"".join(path.read_bytes() for path in self.folder.glob("bot*") if path.is_file())
        secrets = (self.discord.token, KEY)
        return found + ["the database holds a secret" for secret in secrets if secret.encode() in kept]

    def _about(self, line: str) -> list[str]:
        paths = [_TOKEN_IN_PATH.search(entry.path) for entry in self.discord.request_log]
        secrets = {self.discord.token, KEY, *(match[1] for match in paths if match)}
        found = ["secret in: " + line for secret in secrets if secret in line]
        try:
            said = json.loads(line)
        except ValueError:
            return [*found, f"not JSON: {line}"]
        if said["level"] in ("error", "critical") or "Traceback" in line:
            found.append(f"error: {line}")
        return found

    async def _until_online(self, bot: RunningBot) -> None:
        online = asyncio.create_task(self._online.wait())
        ended = asyncio.create_task(bot.exit_code())
        await asyncio.wait({online, ended}, return_when=asyncio.FIRST_COMPLETED, timeout=WAIT_SECONDS)
        online.cancel()
        ended.cancel()
        assert self._online.is_set(), "\n".join(["the bot did not come online", *bot.lines])

    def _heard_of_bot(self, online: bool) -> None:
        here, gone = (self._online, self._offline) if online else (self._offline, self._online)
        here.set()
        gone.clear()
