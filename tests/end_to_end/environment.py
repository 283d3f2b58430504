"""The servers and the folder that bot processes need, and the log lines of these processes."""

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
from playground.discord_server.interactions.registry import ANSWER_SECONDS
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Simulator
from playground.stack import PAGE
from tests.end_to_end.replies import Message, has_picture_and_button
from tests.end_to_end.reverse_proxy import ReverseProxy
from tests.end_to_end.running_bot import RunningBot

KEY = "sk-end-to-end-0123456789"
_TOKEN_IN_PATH = re.compile(r"/(?:interactions|webhooks)/\d+/([^/]+)")


class Environment:
    """The API with its real rate limits, a local Discord, and a reverse proxy in front of both.

    `runs` are the bot processes, oldest first. With `proxied`, bots reach the API through the proxy; with
    `identify_limits`, the gateway limits how often shards log in. `answer_timeout` is how many seconds an interaction
    waits for its answer; further options go to the simulated API.
    """

    def __init__(
        self,
        folder: Path,
        *,
        speed: float = 60.0,
        shards: int = 1,
        proxied: bool = False,
        identify_limits: IdentifyLimits | None = None,
        answer_timeout: float = ANSWER_SECONDS,
        **api: Any,
    ) -> None:
        self.folder = folder
        self.runs: list[RunningBot] = []
        self.discord = DiscordServer(
            shards=shards, answer_seconds=answer_timeout, page=PAGE, identify_limits=identify_limits
        )
        self.proxy = ReverseProxy()
        # Small pictures: drawing large ones would take processor time from the bot.
        self._api: dict[str, Any] = {"key": KEY, "speed": speed, "side": 256, **api}
        self._proxied = proxied
        self._resources = AsyncExitStack()
        self._online = asyncio.Event()
        self._offline = asyncio.Event()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.proxy)
            await opening.enter_async_context(self.discord)
            public: dict[str, Any] = {"public_url": self.proxy.url("pictures")} if self._proxied else {}
            self.api = await opening.enter_async_context(Simulator(**(self._api | public)))
            self.proxy.mount("pictures", self.api.url)
            self.proxy.mount("chat", self.discord.url)
            self.discord.core.gateway.listeners.append(self._set_online)
            self._set_online(False)
            self._resources = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def mia(self) -> Member:
        """A member without special permissions."""
        return self.discord.member("mia")

    @property
    def channel(self) -> Channel:
        """The channel in which Mia uses commands."""
        return self.discord.world.channel("general")

    @property
    def settings(self) -> dict[str, str]:
        """The bot's settings, as environment variables."""
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "IMAGINEPRO_API_KEY": KEY,
            "IMAGINEPRO_BASE_URL": self.proxy.url("pictures") if self._proxied else self.api.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'bot.db'}",
            "POLL_SECONDS": "0.3",
            "LOG_FORMAT": "json",
        }

    @asynccontextmanager
    async def bot(self, **settings: str) -> AsyncIterator[RunningBot]:
        """A bot process that is online, started after an earlier one has gone offline."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._offline.wait()
        bot = RunningBot({**self.settings, **settings}, self.folder)
        self.runs.append(bot)
        async with bot:
            await self._until_online(bot)
            yield bot

    @asynccontextmanager
    async def cluster(self, number: int, count: int, **settings: str) -> AsyncIterator[RunningBot]:
        """One of several processes that serve the bot together, yielded without waiting until it is ready."""
        clusters = {"CLUSTER_ID": str(number), "CLUSTER_COUNT": str(count)}
        bot = RunningBot({**self.settings, **clusters, **settings}, self.folder)
        self.runs.append(bot)
        async with bot:
            yield bot

    async def imagine(self, prompt: str = "a red fox") -> Outcome:
        """The outcome of Mia's /imagine, once it is answered."""
        return await self.mia.slash(self.channel, "imagine", prompt=prompt)

    async def result(self, outcome: Outcome, label: str = "U2") -> Message:
        """The reply, once it has a picture and this button."""
        return await outcome.wait_for(has_picture_and_button(label))

    async def wait_until_online(self) -> None:
        """Wait until the bot is connected again."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._online.wait()

    def submissions(self) -> list[str]:
        """The last path segment of every POST request to the API."""
        return [entry.path.rsplit("/", 1)[1] for entry in self.api.request_log if entry.method == "POST"]

    def violations(self) -> list[str]:
        """Secrets, errors and lines that are not JSON in the logs of all bots, and secrets in the database."""
        found = [text for bot in self.runs for line in bot.lines for text in self._violations_in(line)]
        kept = b"".join(path.read_bytes() for path in self.folder.glob("bot*") if path.is_file())
        secrets = (self.discord.token, KEY)
        return found + ["the database holds a secret" for secret in secrets if secret.encode() in kept]

    def _violations_in(self, line: str) -> list[str]:
        paths = [_TOKEN_IN_PATH.search(entry.path) for entry in self.discord.request_log]
        secrets = {self.discord.token, KEY, *(match[1] for match in paths if match)}
        found = ["secret in: " + line for secret in secrets if secret in line]
        try:
            fields = json.loads(line)
        except ValueError:
            return [*found, f"not JSON: {line}"]
        if fields["level"] in ("error", "critical") or "Traceback" in line:
            found.append(f"error: {line}")
        return found

    async def _until_online(self, bot: RunningBot) -> None:
        online = asyncio.create_task(self._online.wait())
        ended = asyncio.create_task(bot.exit_code())
        await asyncio.wait({online, ended}, return_when=asyncio.FIRST_COMPLETED, timeout=WAIT_SECONDS)
        online.cancel()
        ended.cancel()
        assert self._online.is_set(), "\n".join(["the bot did not come online", *bot.lines])

    def _set_online(self, online: bool) -> None:
        current, former = (self._online, self._offline) if online else (self._offline, self._online)
        current.set()
        former.clear()
