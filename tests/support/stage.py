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
from bot.services.queue.key_turns import KeyTurns
from bot.services.queue.member_buckets import Bucket, MemberLimits
from bot.settings.model import Settings
from bot.store import ApiKeyStore, Database, JobQueueStore, JobRecord, JobStore
from bot.timings import Timings
from bot.ui.base.errors import report
from playground.discord_server import DiscordServer, Limits, Member, Outcome, buttons, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING, Channel
from playground.discord_server.state.seed import GUILD_ID
from playground.imaginepro import PATHS, Simulator
from playground.imaginepro.jobs.job import Job
from tests.support.bot_log import BotLog
from tests.support.invariants import violations
from tests.support.migrated import migrated_file

ACTION_ROW, BUTTON = 1, 2
KEY = "sk-playground-0123456789"
Message = dict[str, Any]

# The bot's waiting times, shortened for tests. Timeouts that end a wait for something that never comes keep their real
# length: a busy machine may stall for seconds.
_RETRIES = Retries(attempts=3, initial=0.01, longest=0.05, jitter=0.0, busy=0.1, busy_reads=0.05, empty=0.01)
_EDIT_PAUSE = 0.03
_POLL_SECONDS = 0.02
_SPEED = 400.0
JOB_TIMEOUT = 900
_CHECK_SECONDS = 0.01
_SEARCH_PAUSE = 0.1
ANSWER_TIMEOUT = 20.0
"""Seconds until a request to the API counts as unanswered: long, as a busy machine may stall."""
_TIMINGS = Timings(
    # A busy machine must not change what a test sees; tests of the deadline use that of production.
    defer_after=2.5,
    operator_command=timedelta(seconds=20),
    key_verdict_cache=0.0,
    balance_cache=0.0,
    double_click=timedelta(minutes=10),
    queue_full_pause=0.2,
    busy_pause=0.2,
    key_refused_pause=0.2,
    reads_per_second=200.0,
    unknown_job=timedelta(seconds=20),
    missing_result=timedelta(seconds=0.3),
    positions_pause=0.05,
    retry_pause=0.02,
    longest_retry_pause=0.5,
    queue_debounce=0.02,
    dispatch_early=0.02,
)

_ENDLESS = Bucket(10_000, 1.0)
_FREE_OF_LIMITS = MemberLimits(
    call=_ENDLESS, list=_ENDLESS, press=_ENDLESS, suggestion=_ENDLESS, picture=_ENDLESS, waiting_calls=1000
)

OPERATOR: dict[str, Any] = {
    "imaginepro_diy": True,
    "operator_guild_id": int(GUILD_ID),
    **{name.lower(): endpoint for name, endpoint in PATHS.items()},
}
"""Settings that enable the operator's commands, with every path of the simulated API."""
_WAIT_SECONDS = 60


class Stage:
    """A running bot with its simulated API and local Discord.

    `api` and `discord` are the two servers, `bot` is the client that runs now, `store` its job store, `errors` are its
    log lines from ERROR on. The age of replies follows Discord's clock. `limits` are Discord's rate limits, none by
    default; with them edits keep their real spacing. `searches` is how often an unconfirmed job is searched for, each
    after `search_pause` seconds, `poll_seconds` the pause between two polls of a job, `read_timeout` how many seconds
    the API may take. With `more_keys` the bot has further API keys beside `KEY`, each with an account of its own:
    `api.at(key)`. `member_limits` apply to what is free, by default none. With `paced` requests keep their distance,
    `Timings.request_interval`, as in production. `timings` and `overrides` are waits and settings that differ from the
    defaults. Leaving the context checks `tests.support.invariants` and the log.
    """

    def __init__(
        self,
        folder: Path,
        *,
        shards: int = 1,
        edit_pause: float = _EDIT_PAUSE,
        limits: Limits | None = None,
        grace: float = 60.0,
        searches: int = 200,
        search_pause: float = _SEARCH_PAUSE,
        poll_seconds: float = _POLL_SECONDS,
        read_timeout: float = ANSWER_TIMEOUT,
        more_keys: tuple[str, ...] = (),
        member_limits: MemberLimits = _FREE_OF_LIMITS,
        paced: bool = False,
        timings: Mapping[str, Any] | None = None,
        **overrides: Any,
    ) -> None:
        self._folder = folder
        self._overrides = overrides
        edits = _unspaced(edit_pause) if limits is None else {}
        self._timings = replace(
            _TIMINGS, grace=grace, reconcile_pauses=(search_pause,) * searches, **(edits | dict(timings or {}))
        )
        self._poll_seconds = poll_seconds
        self._member_limits = member_limits
        self._paced = paced
        self._timeouts = Timeouts(connect=ANSWER_TIMEOUT, read=read_timeout, download=ANSWER_TIMEOUT)
        self._resources = AsyncExitStack()
        self._running = AsyncExitStack()
        self.log = BotLog()
        self.discord = DiscordServer(limits=limits or Limits.lifted(), shards=shards)
        self._keys = (KEY, *more_keys)
        self._secrets = set(self._keys)
        self.api = Simulator(key=KEY, more_keys=more_keys, speed=_SPEED, limits=False, side=96)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.discord)
            await opening.enter_async_context(self.api)
            patch = opening.enter_context(pytest.MonkeyPatch.context())
            self._connect_to_simulated_discord(patch)
            opening.enter_context(self.log.capturing())
            migrated_file(self._folder)
            self.settings = self._settings()
            opening.push_async_callback(self.stop)
            await self.start()
            self._resources = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._resources.aclose()
        if kind is None:
            found = violations(self.discord.request_log, self.log.lines, secrets=(*self._secrets, self.discord.token))
            assert not found, "\n".join(found)
            assert not self.errors, "\n".join(self.errors)

    async def start(self) -> None:
        """Start a bot, wired as the command line wires it."""
        running = _running(
            self.settings,
            self.discord.token,
            self._timeouts,
            self._timings,
            member_limits=self._member_limits,
            paced=self._paced,
        )
        self.bot, self.store = await self._running.enter_async_context(running)

    async def stop(self) -> None:
        """Stop the bot as a signal does; its database stays."""
        await self._running.aclose()

    @asynccontextmanager
    async def waiting(self, **timings: Any) -> AsyncIterator[None]:
        """Restart the bot with other timings, and with its previous ones when the context is left."""
        usual, self._timings = self._timings, replace(self._timings, **timings)
        await self.restart()
        try:
            yield
        finally:
            self._timings = usual
            await self.restart()

    async def restart(self) -> None:
        """Stop the bot and start a new one on the same database."""
        await self.stop()
        await self.start()

    @property
    def errors(self) -> list[str]:
        """Errors in the bot's log that no test has expected."""
        return self.log.errors

    def change(self, **changed: Any) -> None:
        """Change settings of the bot that is started next."""
        self._overrides |= changed
        self.settings = self._settings()

    def use_keys(self, *keys: str) -> None:
        """Give the bot that is started next these API keys. Those of before still count as secrets."""
        self._keys = keys
        self._secrets |= set(keys)
        self.settings = self._settings()

    @property
    def channel(self) -> Channel:
        """The channel in which members use commands."""
        return self.discord.world.channel("general")

    @property
    def mia(self) -> Member:
        """A member without a moderator's permissions."""
        return self.discord.member("mia")

    @property
    def max(self) -> Member:
        """Another member without a moderator's permissions."""
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
        """The outcome of Mia's /imagine, answered in time."""
        outcome = await self.mia.slash(self.channel, "imagine", prompt=prompt, **options)
        assert outcome.error is None
        return outcome

    async def finished(self, prompt: str, **options: Any) -> Message:
        """The reply of Mia's /imagine once it has ended."""
        return await (await self.imagine(prompt, **options)).wait_for(ended)

    async def pressed(self, message: Message, label: str, member: Member | None = None) -> Message:
        """The final reply after Mia, or `member`, presses the button."""
        return await (await (member or self.mia).press(message, label=label)).wait_for(ended)

    async def refusal(self, member: Member | None = None, **options: Any) -> str:
        """The private reply with which /imagine refuses these options, without a request to the API."""
        before = self.posts()
        outcome = await (member or self.mia).slash(self.channel, "imagine", **options)
        sentence = await outcome.wait_for(is_private)
        assert self.posts() == before
        # No public message remains, not even "thinking".
        assert [each.interaction_id for each in self.channel.messages.values()].count(outcome.id) == 1
        return texts(sentence)

    async def private_reply(self, outcome: Outcome) -> str:
        """The text of the private reply to an interaction."""
        return texts(await outcome.wait_for(is_private))

    def answers(self, outcome: Outcome) -> list[Message]:
        """The messages that answer an interaction and are still there, "thinking" included."""
        return [each.message for each in self.channel.messages.values() if each.interaction_id == outcome.id]

    async def delivered_record(self, job_id: str) -> JobRecord:
        """The job's record once its result or failure was delivered."""
        return await self.record_when(job_id, lambda job: job.delivered_at is not None)

    async def record_when(self, job_id: str, condition: Callable[[JobRecord], bool]) -> JobRecord:
        """The job's record once the condition holds for it."""
        async with asyncio.timeout(_WAIT_SECONDS):
            while True:
                job = await self.store.get(job_id)
                if job is not None and condition(job):
                    return job
                await asyncio.sleep(_CHECK_SECONDS)

    async def all_delivered(self) -> None:
        """Wait until every job is recorded as delivered: before that, a restart delivers it again."""
        for job in list(self.api.jobs.values()):
            await self.delivered_record(job.ref or "")

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        async with asyncio.timeout(_WAIT_SECONDS):
            while not condition():  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(_CHECK_SECONDS)

    def submissions(self, word: str) -> list[Job]:
        """The API's jobs whose prompt contains this word, oldest first."""
        return [job for job in self.api.jobs.values() if word in job.prompt]

    def posts(self) -> int:
        """The number of POST requests that reached the API: those that may cost credits."""
        return sum(entry.method == "POST" for entry in self.api.request_log)

    def expect_error(self, line: str) -> None:
        """Check that the bot has logged this error, and keep it from failing the test."""
        found = [each for each in self.errors if line in each]
        assert found, f"not in the log: {line}"
        self.log.errors = [each for each in self.errors if line not in each]

    def settle_down(self) -> None:
        """Undo every fault that a test has set."""
        self.api.faults.clear()
        self.discord.faults.clear()
        self.set_speed(_SPEED)
        self.release()

    def set_speed(self, speed: float) -> None:
        """Run jobs `speed` times as fast as in real life."""
        self.api._service.queue.speed = speed

    def hold(self, percent: int = 15) -> None:
        """Stop all jobs at this percentage until `release`."""
        self.api.hold(percent)

    def release(self) -> None:
        """Let held jobs run to their end."""
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
            **({"database_url": f"sqlite:///{self._folder / 'bot.db'}"} | self._overrides),
        )
        # Below the minimum that the settings accept: the simulator has no rate limits here.
        return settings.model_copy(update={"poll_seconds": self._poll_seconds})

    def _connect_to_simulated_discord(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(discord.http.Route, "BASE", self.discord.api_url)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.discord.gateway_url))
        patch.setattr("bot.ui.base.clock.now", lambda: datetime.fromtimestamp(self.discord.clock.now(), UTC))


@asynccontextmanager
async def _running(
    settings: Settings,
    token: str,
    timeouts: Timeouts,
    timings: Timings,
    *,
    member_limits: MemberLimits,
    paced: bool,
) -> AsyncIterator[tuple[Bot, JobStore]]:
    async with aiohttp.ClientSession() as session, Database(settings.database_url.get_secret_value()) as database:
        await ApiKeyStore(database).ensure([name_of(key.get_secret_value()) for key in settings.api_keys])
        clients = [
            _client(settings, key, session, timeouts, timings, shared=database if paced else None)
            for key in settings.api_keys
        ]
        opened = services_for(settings, database, clients, timings, member_limits)
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
    settings: Settings,
    key: SecretStr,
    session: aiohttp.ClientSession,
    timeouts: Timeouts,
    timings: Timings,
    *,
    shared: Database | None,
) -> KeyedClient:
    name, turns = name_of(key.get_secret_value()), None
    rate_limiter = RateLimiter.unlimited()
    if shared is not None:
        turns = KeyTurns(ApiKeyStore(shared), JobQueueStore(shared), name)
        rate_limiter = RateLimiter(timings.request_interval, shared=turns, free_patience=timings.free_call_patience)
    api = ImagineProClient(
        session,
        key=key,
        base_url=settings.imaginepro_base_url,
        rate_limiter=rate_limiter,
        timeouts=timeouts,
        retries=_RETRIES,
        key_verdict_cache=timings.key_verdict_cache,
    )
    return KeyedClient(name, api, rate_limiter, turns)


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
    """Whether the message shows a finished, failed or cancelled job."""
    return not message["flags"] & LOADING and "Cancel" not in labels(message) and "Cancelling" not in texts(message)


def is_private(message: Message) -> bool:
    """Whether the message is ephemeral and has content."""
    return bool(message["flags"] & EPHEMERAL) and not message["flags"] & LOADING


def percent_of(message: Message) -> int | None:
    """The percentage that a reply shows."""
    word = texts(message).partition(" %**")[0].rpartition("**")[2]
    return int(word) if word.isdecimal() else None


def labels_in_rows(message: Message) -> list[list[str]]:
    """The button labels, row by row, without select menus."""
    rows = [part for part in message["components"][0]["components"] if part["type"] == ACTION_ROW]
    return [labels(row) for row in rows if row["components"][0]["type"] == BUTTON]


def labels(message: Message) -> list[str]:
    """The button labels; the emoji for buttons without a text."""
    return [button.get("label") or button["emoji"]["name"] for button in buttons(message)]


def picture(color: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    """A PNG of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()
