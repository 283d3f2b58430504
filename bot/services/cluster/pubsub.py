"""Publish/subscribe between the processes of one bot: short texts, by topic."""

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 7000

Handler = Callable[[str], None]


class Topic(StrEnum):
    """The topics, and what their messages contain.

    `WEBHOOK`: a job's state from a webhook event, as JSON. `FOUND`: the id of a job whose answer was lost and that has
    the API's id now. `LATE`: the id of a job that was given up and has a result after all. `CANCEL`: the id of a job to
    cancel. `JOB_END`: the id of a job that ended, or a sentence why it could not be cancelled, as a JSON list.
    `RECHECK`: nothing; each process looks after all its jobs again.
    """

    WEBHOOK = "heard"
    FOUND = "found"
    LATE = "late"
    CANCEL = "cancel"
    JOB_END = "outcome"
    RECHECK = "recheck"


class PubSub(Protocol):
    """Publish/subscribe between all processes. Messages may get lost, so they may only make things happen sooner."""

    async def publish(self, topic: str, text: str) -> None:
        """Send the text to every process, including this one; at most `MAX_PAYLOAD_BYTES`. Never raises."""
        ...

    def subscribe(self, topic: str, listener: Handler) -> None:
        """Call `listener` with each text under this topic, from now on."""
        ...

    def on_reconnect(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each gap in which messages may have been missed."""
        ...


class LocalPubSub:
    """`PubSub` for a bot with a single process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Handler]] = {}

    async def publish(self, topic: str, text: str) -> None:
        """Call all listeners soon; an exception in one is logged and does not affect the others."""
        for listener in self._listeners.get(topic, ()):
            asyncio.get_running_loop().call_soon(_call, topic, listener, text)

    def on_reconnect(self, listener: Callable[[], None]) -> None:
        """Do nothing: within one process no message is ever missed."""

    def subscribe(self, topic: str, listener: Handler) -> None:
        """Call `listener` with each text under this topic, from now on."""
        self._listeners.setdefault(topic, []).append(listener)


def _call(topic: str, listener: Handler, text: str) -> None:
    try:
        listener(text)
    except Exception:
        log.exception("a signal was not taken up: %s", topic)
