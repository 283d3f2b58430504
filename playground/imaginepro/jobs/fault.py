"""A fault: something that goes wrong with a request or a job, as a test or a person chooses it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

if TYPE_CHECKING:
    import asyncio


class RequestKind(StrEnum):
    """What a request is for."""

    SUBMIT = "submit"
    PRESS = "press"
    PROGRESS = "progress"
    HISTORY = "history"
    ACCOUNT = "account"
    TOOL = "tool"
    UPLOAD = "upload"
    STORE = "store"
    OPERATOR = "operator"


EVERYTHING = frozenset(RequestKind)
SUBMISSIONS = frozenset({RequestKind.SUBMIT, RequestKind.PRESS})


class _Status(Protocol):
    @property
    def terminal(self) -> bool: ...


class AffectedJob(Protocol):
    """What a fault reads of the job it affects."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> _Status: ...
    @property
    def created_at(self) -> float: ...


class AffectedCall(Protocol):
    """What a fault reads of the request it affects, and what it may do to it."""

    @property
    def kind(self) -> RequestKind: ...
    @property
    def job(self) -> AffectedJob | None: ...
    @property
    def faults_cleared(self) -> asyncio.Event: ...

    def cut(self) -> web.Response:
        """Reset the connection; the response returned is never sent."""
        ...

    def empty_account(self, seconds: float) -> None:
        """Make the account look empty for `seconds`."""
        ...

    def choose_fault(self, name: str, on: RequestKind, within: float) -> None:
        """Make the next request of this kind within `within` seconds meet the named fault."""
        ...


Proceed = Callable[[], Awaitable[web.StreamResponse]]
Answer = Callable[[AffectedCall, Proceed, float], Awaitable[web.StreamResponse]]
RecordChange = Callable[[dict[str, Any], AffectedJob], dict[str, Any]]


@dataclass(frozen=True)
class JobBehaviour:
    """How a job's progress departs from the usual; `webhooks` is how often each event is sent."""

    fails_at: int | None = None
    error: str = ""
    stalls_at: int | None = None
    endless: bool = False
    ignores_cancel: bool = False
    webhooks: int = 1


@dataclass(frozen=True)
class Fault:
    """A fault by its name. `answer` acts on requests of the kinds in `on`; the other parts belong to a job."""

    name: str
    sentence: str
    on: frozenset[RequestKind] = frozenset()
    answer: Answer | None = None
    # The delay of the answer, or the length of an outage, in seconds of real time.
    seconds: float = 0.0
    behaviour: JobBehaviour = JobBehaviour()
    reshape: RecordChange | None = None
    picture: str | None = None
    outage: Answer | None = None
    empties_account: bool = False
    # Named in a prompt, it affects that prompt's first submission only.
    once: bool = False
    of_job: bool = False

    @property
    def belongs_to_job(self) -> bool:
        """True when it is chosen for the next job rather than for the next request."""
        departs = self.reshape is not None or self.picture is not None or self.behaviour != JobBehaviour()
        return self.of_job or departs


@dataclass
class ChosenFault:
    """A fault with the options it was chosen with; `times` is how often it still occurs (None: until cleared)."""

    fault: Fault
    seconds: float
    times: int | None = None
    on: frozenset[RequestKind] = frozenset()
    until: float | None = None
    later: bool = False

    @property
    def spent(self) -> bool:
        """True when it occurs no more."""
        return self.times == 0 or (self.until is not None and time.monotonic() > self.until)
