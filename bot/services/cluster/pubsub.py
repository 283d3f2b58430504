"""What the processes of one bot tell each other: short texts under a topic, heard by whoever listens there."""

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

log = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 7000

Handler = Callable[[str], None]


class Topic(StrEnum):
    """What a signal is about, and what its text is.

    `HEARD`: the API has said how a job stands; the record, as JSON. `FOUND`: a job whose answer was lost has the API's
    id now; the job's id. `LATE`: a job that was given up has a result after all; the job's id. `CANCEL`: a job is to be
    stopped; its id. `OUTCOME`: a job has ended, or goes on though it should not; its id and the sentence why, as JSON.
    """

    WEBHOOK = "heard"
    FOUND = "found"
    LATE = "late"
    CANCEL = "cancel"
    JOB_END = "outcome"


class PubSub(Protocol):
    """Between all processes of the bot. A signal may get lost, so it only ever makes something happen sooner."""

    async def publish(self, topic: str, text: str) -> None:
        """Tell every process, this one too; `text` has at most `MAX_SIGNAL_BYTES`. Never raises."""
        ...

    def subscribe(self, topic: str, listener: Handler) -> None:
        """Call `listener` with each text under this topic, from now on."""
        ...

    def on_reconnect(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each gap in which signals may have been missed."""
        ...


class LocalPubSub:
    """`PubSub` of a bot that is one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Handler]] = {}

    async def publish(self, topic: str, text: str) -> None:
        """Tell everybody who listens, soon; what fails in one of them is logged and no concern of the others."""
        for listener in self._listeners.get(topic, ()):
            asyncio.get_running_loop().call_soon(_call, topic, listener, text)

    def on_reconnect(self, listener: Callable[[], None]) -> None:
        """Within one process nothing is ever missed."""

    def subscribe(self, topic: str, listener: Handler) -> None:
        """Call `listener` with each text under this topic, from now on."""
        self._listeners.setdefault(topic, []).append(listener)


def _call(topic: str, listener: Handler, text: str) -> None:
    try:
        listener(text)
    except Exception:
        log.exception("a signal was not taken up: %s", topic)
