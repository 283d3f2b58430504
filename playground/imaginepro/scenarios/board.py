"""The scenarios chosen at present, and which of them concern a request or a new job."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .catalogue import CATALOGUE
from .scenario import SUBMISSIONS, Scenario, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.imaginepro.account import Account
    from playground.imaginepro.jobs import Job
    from playground.imaginepro.prompt import Prompt, ScenarioWord


class UnknownScenario(LookupError):
    """No scenario has that name."""


@dataclass
class Chosen:
    """A scenario with its particulars; `times` is how often it still happens (None: until cleared)."""

    scenario: Scenario
    seconds: float
    times: int | None = None
    on: frozenset[Work] = frozenset()
    until: float | None = None
    later: bool = False

    @property
    def spent(self) -> bool:
        return self.times == 0 or (self.until is not None and time.monotonic() > self.until)


class ScenarioBoard:
    """Chosen by `choose` (the control endpoints) or by words in prompts; `cleared` is set by the next `clear`."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.chosen: list[Chosen] = []
        self._outage: Chosen | None = None
        self._happened: set[tuple[str, str]] = set()
        self.cleared = asyncio.Event()

    def choose(
        self,
        name: str,
        times: int | None = 1,
        *,
        seconds: float | None = None,
        on: str | None = None,
        within: float | None = None,
    ) -> None:
        """Make a scenario happen to the next `times` requests or jobs it concerns.

        `on` narrows or moves it to requests of one kind (submit, press, progress, history, account),
        `seconds` sets its length, `within` lets the choice lapse after so many seconds.
        """
        chosen = _chosen(name, seconds)
        if chosen.scenario.outage is not None:
            self.begin_outage(chosen)
            return
        if chosen.scenario.empties_account:
            self._account.empty()
            return
        until = None if within is None else time.monotonic() + within
        kinds = frozenset({Work(on)}) if on else chosen.scenario.on
        self.chosen.append(replace(chosen, times=times, on=kinds, until=until))

    def clear(self) -> None:
        """Back to normal, at once."""
        self.chosen.clear()
        self._outage = None
        self._account.refill()
        self.cleared.set()
        self.cleared = asyncio.Event()

    def begin_outage(self, chosen: Chosen) -> None:
        """The service is away from now on, for as long as the scenario says."""
        self._outage = replace(chosen, times=None, until=time.monotonic() + chosen.seconds)

    @property
    def outage(self) -> Chosen | None:
        """The outage that is on, if any."""
        return None if self._outage is None or self._outage.spent else self._outage

    @property
    def current(self) -> list[Chosen]:
        """What is on now, an outage last."""
        self._drop_spent()
        return [*self.chosen, *([self.outage] if self.outage else [])]

    def for_request(self, work: Work) -> list[Chosen]:
        """The chosen scenarios this request meets; each is counted."""
        return self._take(c for c in self.chosen if not c.scenario.belongs_to_job and work in c.on)

    def for_job(self) -> list[Chosen]:
        """The chosen scenarios a job created now will live through; each is counted."""
        return self._take(c for c in self.chosen if c.scenario.belongs_to_job)

    def named_in(self, prompt: Prompt) -> list[Chosen]:
        """The scenarios a prompt asks for. Raises UnknownScenario."""
        return [_of_word(word) for word in prompt.scenarios]

    def happens_first(self, chosen: Chosen, prompt: Prompt) -> bool:
        """False for a scenario that happens once and has already happened to this prompt."""
        key = (chosen.scenario.name, prompt.text)
        if not chosen.scenario.once:
            return True
        seen = key in self._happened
        self._happened.add(key)
        return not seen

    def state(self) -> list[dict[str, Any]]:
        """What is chosen now, for a person to read."""
        return [{"name": c.scenario.name, "times": c.times, "seconds": c.seconds} for c in self.current]

    def _take(self, candidates: Iterable[Chosen]) -> list[Chosen]:
        taken = [chosen for chosen in candidates if not chosen.spent]
        for chosen in taken:
            chosen.times = None if chosen.times is None else chosen.times - 1
        self._drop_spent()
        return taken

    def _drop_spent(self) -> None:
        self.chosen = [chosen for chosen in self.chosen if not chosen.spent]


def inherited(parent: Job) -> list[Chosen]:
    """What a button's job takes over: how records look and cancels fare, and what was named for later jobs."""
    kept = [c for c in parent.scenarios if (c.scenario.shape or c.scenario.offers) and not c.later]
    return [*kept, *(replace(c, later=False) for c in parent.scenarios if c.later)]


def of_existing(job: Job, work: Work) -> list[Chosen]:
    """The job's scenarios that act on later requests about it, not on submissions in general."""
    return [c for c in job.scenarios if not c.later and work in c.scenario.on and not (c.scenario.on >= SUBMISSIONS)]


def _chosen(name: str, seconds: float | None) -> Chosen:
    scenario = CATALOGUE.get(name)
    if scenario is None:
        raise UnknownScenario(f"There is no scenario called {name}; GET /control/scenarios lists them.")
    return Chosen(scenario, scenario.seconds if seconds is None else seconds, on=scenario.on)


def _of_word(word: ScenarioWord) -> Chosen:
    return replace(_chosen(word.name, word.seconds), later=word.later)
