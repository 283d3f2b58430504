"""The whole bot in the test's own process, between a simulated API and a local Discord on real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import aiohttp
import discord.gateway
import discord.http
import pytest
import yarl
from PIL import Image
from pydantic import SecretStr

from bot.app.api_clients import KeyedClient
from bot.app.wiring import services_for
from bot.client.bot import Bot
from bot.imaginepro import ImagineProClient
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.imaginepro.http.retries import Retries
from bot.imaginepro.http.transport import Timeouts
from bot.services.queue.key_pool import name_of
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, JobRecord, JobStore
from bot.timings import Timings
from bot.ui.base.errors import report
from playground.discord_server import DiscordServer, Limits, Member, Outcome, buttons, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING, Channel
from playground.discord_server.state.seed import GUILD_ID
from playground.imaginepro import PATHS, Simulator
from playground.imaginepro.jobs.job import Job
from tests.support.bot_log import BotLog
from tests.support.invariants import complaints
from tests.support.migrated import migrated_file

ACTION_ROW, BUTTON = 1, 2
KEY = "sk-playground-0123456789"
Message = dict[str, Any]

# Everything that waits in real life, in the time of tests. What only ends a wait for something that never comes is as
# long as ever: a busy machine may well stand still for seconds.
_RETRIES = Retries(attempts=3, initial=0.01, longest=0.05, jitter=0.0, busy=0.1, busy_reads=0.05)
_EDIT_PAUSE = 0.03
_POLL_SECONDS = 0.02
_SPEED = 400.0
JOB_TIMEOUT = 900
_GLANCE = 0.01
_SEARCH_PAUSE = 0.1
PATIENCE = 20.0
"""Seconds until an interaction counts as unanswered: a busy machine may well stand still for Discord's three."""
_TIMINGS = Timings(
    defer_after=PATIENCE,
    operator_command=timedelta(seconds=20),
    key_verdict_cache=0.0,
    balance_cache=0.0,
    double_click=timedelta(minutes=10),
    queue_full_pause=0.1,
    busy_pause=0.1,
    key_refused_pause=0.1,
    reads_per_second=200.0,
    unknown_job=timedelta(seconds=20),
    missing_result=timedelta(seconds=0.3),
)

OPERATOR: dict[str, Any] = {
    "imaginepro_diy": True,
    "operator_guild_id": int(GUILD_ID),
    **{name.lower(): endpoint for name, endpoint in PATHS.items()},
}
"""Settings that switch the operator's commands on, with every path of the simulated API."""
_WAIT = 60


class Stage:
    """A running bot with everything around it.

    `api` and `discord` are the neighbours, `bot` is the client that runs at the moment, `store` what it remembers,
    `errors` are the lines of its log from ERROR on. How old replies are is told by Discord's clock. `limits` are
    Discord's, none when left out; with them edits keep the distances they have in real life. `looks` is how often an
    unconfirmed job is searched for, each after `search_pause` seconds, `poll_seconds` the usual pause between two reads
    of a job, `answer_within` how many seconds the API may take. With `more_keys` the bot has further API keys beside
    `KEY`, each with an account of its own: `api.at(key)`. `timings` and `changed` are waits and settings that differ
    from the usual ones. Leaving the context holds everything that happened against what must always be true.
    """

    def __init__(
        self,
        folder: Path,
        *,
        shards: int = 1,
        edit_pause: float = _EDIT_PAUSE,
        limits: Limits | None = None,
        grace: float = 60.0,
        looks: int = 200,
        search_pause: float = _SEARCH_PAUSE,
        poll_seconds: float = _POLL_SECONDS,
        answer_within: float = PATIENCE,
        more_keys: tuple[str, ...] = (),
        timings: Mapping[str, Any] | None = None,
        **changed: Any,
    ) -> None:
        self._folder = folder
        self._changed = changed
        edits = _unspaced(edit_pause) if limits is None else {}
        self._timings = replace(
            _TIMINGS, grace=grace, reconcile_pauses=(search_pause,) * looks, **(edits | dict(timings or {}))
        )
        self._poll_seconds = poll_seconds
        self._timeouts = Timeouts(connect=PATIENCE, read=answer_within, download=PATIENCE)
        self._resources = AsyncExitStack()
        self._running = AsyncExitStack()
        self.log = BotLog()
        self.discord = DiscordServer(limits=limits or Limits.lifted(), shards=shards, answer_seconds=PATIENCE)
        self._keys = (KEY, *more_keys)
        self.api = Simulator(key=KEY, more_keys=more_keys, speed=_SPEED, limits=False, side=96)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.discord)
            await opening.enter_async_context(self.api)
            patch = opening.enter_context(pytest.MonkeyPatch.context())
            self._point_at_discord(patch)
            opening.enter_context(self.log.listening())
            migrated_file(self._folder)
            self.settings = self._settings()
            opening.push_async_callback(self.stop)
            await self.start()
            self._resources = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._resources.aclose()
        if kind is None:
            found = complaints(self.discord.request_log, self.log.lines, secrets=(*self._keys, self.discord.token))
            assert not found, "\n".join(found)
            assert not self.errors, "\n".join(self.errors)

    async def start(self) -> None:
        """Run a bot, wired as the command line wires it, until `stop`."""
        running = _running(self.settings, self.discord.token, self._timeouts, self._timings)
        self.bot, self.store = await self._running.enter_async_context(running)

    async def stop(self) -> None:
        """Stop the bot as a signal does; what it remembers stays in the folder."""
        await self._running.aclose()

    @asynccontextmanager
    async def waiting(self, **timings: Any) -> AsyncIterator[None]:
        """A new bot on the same database that waits otherwise, and after that one with the usual waits."""
        usual, self._timings = self._timings, replace(self._timings, **timings)
        await self.restart()
        try:
            yield
        finally:
            self._timings = usual
            await self.restart()

    async def restart(self) -> None:
        """A new bot on the same database."""
        await self.stop()
        await self.start()

    @property
    def errors(self) -> list[str]:
        """What the bot has logged as an error and no test has expected."""
        return self.log.errors

    def change(self, **changed: Any) -> None:
        """Other settings for the bot that is started next."""
        self._changed |= changed
        self.settings = self._settings()

    @property
    def channel(self) -> Channel:
        """Where everything is said."""
        return self.discord.world.channel("general")

    @property
    def mia(self) -> Member:
        """A member without any rights of a moderator."""
        return self.discord.member("mia")

    @property
    def max(self) -> Member:
        """Another one."""
        return self.discord.member("max")

    @property
    def adam(self) -> Member:
        """An administrator."""
        return self.discord.member("adam")

    @property
    def olivia(self) -> Member:
        """The owner of the server and of the bot."""
        return self.discord.member("olivia")

    async def imagine(self, prompt: str, **options: Any) -> Outcome:
        """What came of Mia's /imagine, answered in time."""
        outcome = await self.mia.slash(self.channel, "imagine", prompt=prompt, **options)
        assert outcome.error is None
        return outcome

    async def finished(self, prompt: str, **options: Any) -> Message:
        """The reply of Mia's /imagine once it has ended."""
        return await (await self.imagine(prompt, **options)).wait_for(ended)

    async def pressed(self, message: Message, label: str, member: Member | None = None) -> Message:
        """The ended reply of a press by Mia, or by `member`."""
        return await (await (member or self.mia).press(message, label=label)).wait_for(ended)

    async def refused(self, member: Member | None = None, **options: Any) -> str:
        """What only the member reads when /imagine refuses these options; nothing of it reached the API."""
        before = self.posts()
        outcome = await (member or self.mia).slash(self.channel, "imagine", **options)
        sentence = await outcome.wait_for(is_private)
        assert self.posts() == before
        # Nothing public is left behind, not even "thinking".
        assert [each.interaction_id for each in self.channel.messages.values()].count(outcome.id) == 1
        return texts(sentence)

    async def told(self, outcome: Outcome) -> str:
        """What only the member who acted reads."""
        return texts(await outcome.wait_for(is_private))

    async def settled(self, job_id: str) -> JobRecord:
        """The job as remembered once its end was delivered."""
        return await self.remembered(job_id, lambda job: job.delivered_at is not None)

    async def remembered(self, job_id: str, true: Callable[[JobRecord], bool]) -> JobRecord:
        """The job as remembered once that is true of it."""
        async with asyncio.timeout(_WAIT):
            while True:
                job = await self.store.get(job_id)
                if job is not None and true(job):
                    return job
                await asyncio.sleep(_GLANCE)

    async def all_settled(self) -> None:
        """Return once the bot has noted that every end was delivered: until then a restart delivers it once more."""
        for job in list(self.api.jobs.values()):
            await self.settled(job.ref or "")

    async def until(self, true: Callable[[], bool]) -> None:
        """Return as soon as that is true."""
        async with asyncio.timeout(_WAIT):
            while not true():  # noqa: ASYNC110  # whoever makes it true knows nothing of us
                await asyncio.sleep(_GLANCE)

    def submissions(self, word: str) -> list[Job]:
        """The jobs at the API whose prompt holds this word, oldest first."""
        return [job for job in self.api.jobs.values() if word in job.prompt]

    def posts(self) -> int:
        """How many requests that may cost something have reached the API."""
        return sum(entry.method == "POST" for entry in self.api.request_log)

    def expect_error(self, line: str) -> None:
        """Check that the bot has logged this error, and take it off what would fail the test."""
        found = [each for each in self.errors if line in each]
        assert found, f"not in the log: {line}"
        self.log.errors = [each for each in self.errors if line not in each]

    def settle_down(self) -> None:
        """Take back every trouble that a test has chosen."""
        self.api.faults.clear()
        self.discord.faults.clear()
        self.pace(_SPEED)
        self.go_on()

    def pace(self, speed: float) -> None:
        """Let jobs run `speed` times as fast as in real life from now on."""
        self.api._service.queue.speed = speed

    def hold(self, percent: int = 15) -> None:
        """Let jobs climb to this percentage and stay there until `go_on`."""
        self.api.hold(percent)

    def go_on(self) -> None:
        """Let jobs that are held run to their end."""
        self.api.hold(None)

    def _settings(self) -> Settings:
        settings = Settings(
            _env_file=None,  # pyright: ignore[reportCallIssue]  # pydantic-settings takes it
            discord_token=self.discord.token,  # pyright: ignore[reportArgumentType]  # read as text
            imaginepro_api_key=",".join(self._keys),  # pyright: ignore[reportArgumentType]
            imaginepro_base_url=self.api.url,
            discord_api_url=self.discord.api_url,
            discord_gateway_url=self.discord.gateway_url,
            job_timeout_seconds=JOB_TIMEOUT,
            **({"database_url": f"sqlite:///{self._folder / 'bot.db'}"} | self._changed),
        )
        # Faster than an operator may ask for: the simulator has no limits here.
        return settings.model_copy(update={"poll_seconds": self._poll_seconds})

    def _point_at_discord(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(discord.http.Route, "BASE", self.discord.api_url)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.discord.gateway_url))
        patch.setattr("bot.ui.base.clock.now", lambda: datetime.fromtimestamp(self.discord.clock.now(), UTC))


@asynccontextmanager
async def _running(
    settings: Settings, token: str, timeouts: Timeouts, timings: Timings
) -> AsyncIterator[tuple[Bot, JobStore]]:
    async with aiohttp.ClientSession() as session, Database(settings.database_url.get_secret_value()) as database:
        await ApiKeyStore(database).ensure([name_of(key.get_secret_value()) for key in settings.api_keys])
        clients = [_client(settings, key, session, timeouts, timings) for key in settings.api_keys]
        opened = services_for(settings, database, clients, timings)
        async with Bot(open_services=opened, report=report, timings=timings) as bot:
            bot._connection.guild_ready_timeout = 0.02
            task = asyncio.create_task(bot.start(token))
            await _ready(bot, task)
            try:
                yield bot, JobStore(database)
            finally:
                await bot.close()
                await task


def _unspaced(edit_pause: float) -> dict[str, float]:
    return {"edit_interval": edit_pause, "token_edit_spacing": 0.0, "channel_edit_spacing": 0.0}


def _client(
    settings: Settings, key: SecretStr, session: aiohttp.ClientSession, timeouts: Timeouts, timings: Timings
) -> KeyedClient:
    pace = RateLimiter.unlimited()
    api = ImagineProClient(
        session,
        key=key,
        base_url=settings.imaginepro_base_url,
        rate_limiter=pace,
        timeouts=timeouts,
        retries=_RETRIES,
        key_verdict_cache=timings.key_verdict_cache,
    )
    return KeyedClient(name_of(key.get_secret_value()), api, pace)


async def _ready(bot: Bot, task: "asyncio.Task[None]") -> None:
    connected = asyncio.Event()

    async def on_shard_ready(_: int) -> None:
        connected.set()

    bot.add_listener(on_shard_ready)
    ready = asyncio.create_task(connected.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    ready.cancel()
    if task.done():
        await task
    assert connected.is_set(), "the bot did not become ready"


def ended(message: Message) -> bool:
    """Whether the message shows a job that has ended."""
    return not message["flags"] & LOADING and "Cancel" not in labels(message) and "Cancelling" not in texts(message)


def is_private(message: Message) -> bool:
    """Whether only one member sees the message, and it says something already."""
    return bool(message["flags"] & EPHEMERAL) and not message["flags"] & LOADING


def percent_of(message: Message) -> int | None:
    """The percentage that a reply shows."""
    word = texts(message).partition(" %**")[0].rpartition("**")[2]
    return int(word) if word.isdecimal() else None


def labels_in_rows(message: Message) -> list[list[str]]:
    """What stands on the buttons, row by row; menus are left out."""
    rows = [part for part in message["components"][0]["components"] if part["type"] == ACTION_ROW]
    return [labels(row) for row in rows if row["components"][0]["type"] == BUTTON]


def labels(message: Message) -> list[str]:
    """What stands on the buttons: their text, or the emoji of those that have none."""
    return [button.get("label") or button["emoji"]["name"] for button in buttons(message)]


def picture(color: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    """A PNG of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()
