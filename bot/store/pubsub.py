"""Messages between the processes of one bot, through the database they share."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Self

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.backoff import Backoff
from bot.store.db.database import Database
from bot.store.db.errors import reason

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 7_000
"""How long a text may be; PostgreSQL carries 8,000 bytes, the topic included."""

_LONGEST_TOPIC = 100
_PATIENCE_SECONDS = 5.0
_LOST = (psycopg.Error, OSError)
_LISTEN = "LISTEN imaginepro_bot"
_SEND = sa.text("SELECT pg_notify('imaginepro_bot', :payload)")


class PostgresPubSub:
    """Publish and subscribe between all processes on this PostgreSQL database, inside its `async with`.

    It is best effort: a message sent while a process is not listening never reaches it, so subscribers also read the
    tables, at the latest when `on_reconnect` calls them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: defaultdict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._reconnect_listeners: list[Callable[[], None]] = []
        self._settled = asyncio.Event()
        self._gap = False
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._keep_listening())
        # Messages sent from now on arrive, unless the database is away: then `on_reconnect` follows.
        await self._settled.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def publish(self, topic: str, text: str) -> None:
        """Send to every process, this one too. The message is dropped when the database is away.

        Raises `ValueError` for a text of more than `MAX_PAYLOAD_BYTES` in UTF-8, and for a NUL.
        """
        payload = _payload(topic, text)
        if self._database.outage.is_suspected:
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._database.run(
                    lambda connection: connection.execute(_SEND, {"payload": payload}), retry_seconds=0
                )
        except (SQLAlchemyError, TimeoutError) as error:
            # An outage is logged elsewhere, once.
            if not self._database.outage.is_suspected:
                log.warning("a signal was dropped: %s", reason(error), extra={"topic": topic})

    def subscribe(self, topic: str, listener: Callable[[str], None]) -> None:
        """Have `listener` called in the event loop with every text of this topic."""
        self._listeners[topic].append(listener)

    def on_reconnect(self, listener: Callable[[], None]) -> None:
        """Have `listener` called in the event loop after each gap in which messages may have been missed."""
        self._reconnect_listeners.append(listener)

    async def _keep_listening(self) -> None:
        backoff = Backoff(
            log, "signals can't be received", first=0.1, longest=30.0, is_known=lambda error: isinstance(error, _LOST)
        )
        while True:
            try:
                await self._listen()
            except Exception as error:
                self._gap = True
                self._settled.set()
                await asyncio.sleep(backoff.failed(error))
            else:
                backoff.worked()

    async def _listen(self) -> None:
        """Return when a listening connection was lost and the database answers again."""
        listened = False
        try:
            async with await self._database.dedicated_connection() as connection:
                await connection.execute(_LISTEN)
                listened = True
                self._begin()
                async with aclosing(connection.notifies()) as signals:
                    async for signal in signals:
                        self._dispatch(signal.payload)
        except _LOST as error:
            self._gap = True
            self._settled.set()
            self._database.outage.suspect(reason(error))
            await self._database.outage.passed()
            if not listened:
                raise

    def _begin(self) -> None:
        if self._gap:
            for listener in self._reconnect_listeners:
                _call(listener)
        self._gap = False
        self._settled.set()

    def _dispatch(self, payload: str) -> None:
        topic, _, text = payload.partition("\n")
        for listener in self._listeners.get(topic, ()):
            _call(partial(listener, text))


def _call(listener: Callable[[], None]) -> None:
    """Call it; an error is logged and stops neither the others nor the connection."""
    try:
        listener()
    except Exception:
        log.exception("a listener of signals failed")


def _payload(topic: str, text: str) -> str:
    if "\n" in topic or len(topic.encode()) > _LONGEST_TOPIC:
        raise ValueError(f"no topic of a signal: {topic!r}")
    if len(text.encode()) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a signal of the topic {topic!r} is longer than {MAX_PAYLOAD_BYTES} bytes")
    payload = f"{topic}\n{text}"
    if "\0" in payload:
        raise ValueError(f"a signal of the topic {topic!r} holds a NUL")
    return payload
