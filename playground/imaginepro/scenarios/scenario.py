"""The parts a scenario can be made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from playground.imaginepro.jobs import Job
    from playground.imaginepro.prompt import Prompt
    from playground.imaginepro.service import Service


class Work(StrEnum):
    """What a request is for."""

    SUBMIT = "submit"
    PRESS = "press"
    PROGRESS = "progress"
    HISTORY = "history"
    ACCOUNT = "account"
    TOOL = "tool"
    OPERATOR = "operator"


EVERYTHING = frozenset(Work)
SUBMISSIONS = frozenset({Work.SUBMIT, Work.PRESS})


@dataclass
class Call:
    """One request with what is known of it: the job it names, and the prompt it carries or continues."""

    service: Service
    request: web.Request
    work: Work
    body: dict[str, Any]
    prompt: Prompt
    job: Job | None = None
    scenarios: tuple[Any, ...] = ()

    def cut(self) -> web.Response:
        """Reset the connection; the answer returned is never sent."""
        if self.request.transport is not None:
            self.request.transport.abort()
        return web.Response(status=500)


Proceed = Callable[[Call], Awaitable[web.StreamResponse]]
Answer = Callable[[Call, Proceed, float], Awaitable[web.StreamResponse]]
Shape = Callable[[dict[str, Any], "Job"], dict[str, Any]]


@dataclass(frozen=True)
class Course:
    """How a job's life departs from the usual one; `webhooks` is how often each event is sent."""

    fails_at: int | None = None
    error: str = ""
    stalls_at: int | None = None
    endless: bool = False
    ignores_cancel: bool = False
    webhooks: int = 1


@dataclass(frozen=True)
class Scenario:
    """A named misfortune. `answer` acts on requests of the kinds in `on`; the other parts belong to a job."""

    name: str
    sentence: str
    on: frozenset[Work] = frozenset()
    answer: Answer | None = None
    # What the answer may take or an outage lasts, in seconds of the clock on the wall.
    seconds: float = 0.0
    course: Course = Course()
    shape: Shape | None = None
    picture: str | None = None
    outage: Answer | None = None
    # Buttons that a finished single picture has besides the usual ones.
    offers: tuple[str, ...] = ()
    empties_account: bool = False
    # Named in a prompt, it happens to that prompt's first submission only.
    once: bool = False
    of_job: bool = False

    @property
    def belongs_to_job(self) -> bool:
        """True when it is chosen for a job to come rather than for a request."""
        departs = self.shape is not None or self.picture is not None or self.course != Course()
        return self.of_job or departs or bool(self.offers)
