"""The faults chosen at present, and which of them affect a request or a new job."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playground.imaginepro.jobs.fault import SUBMISSIONS, ChosenFault, RequestKind

from .catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playground.imaginepro.jobs.credits import Account
    from playground.imaginepro.jobs.job import Job
    from playground.imaginepro.jobs.prompt import NamedFault, Prompt


class UnknownFault(LookupError):
    """No fault has that name."""


class FaultBoard:
    """Chosen by `choose` (the control endpoints) or by words in prompts; `cleared` is set by the next `clear`."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.chosen: list[ChosenFault] = []
        self._outage: ChosenFault | None = None
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
        """Let the next `times` requests or jobs of its kind meet a fault.

        `on` narrows or moves it to requests of one kind (submit, press, progress, history, account),
        `seconds` sets its length, `within` is the time in seconds after which the choice lapses.
        """
        chosen = _chosen(name, seconds)
        if chosen.fault.outage is not None:
            self.begin_outage(chosen)
            return
        if chosen.fault.empties_account:
            self._account.empty()
            return
        until = None if within is None else time.monotonic() + within
        kinds = frozenset({RequestKind(on)}) if on else chosen.fault.on
        self.chosen.append(replace(chosen, times=times, on=kinds, until=until))

    def clear(self) -> None:
        """Back to normal, at once."""
        self.chosen.clear()
        self._outage = None
        self._account.refill()
        self.cleared.set()
        self.cleared = asyncio.Event()

    def begin_outage(self, chosen: ChosenFault) -> None:
        """The service is away from now on, for as long as the fault says."""
        self._outage = replace(chosen, times=None, until=time.monotonic() + chosen.seconds)

    @property
    def outage(self) -> ChosenFault | None:
        """The outage that is on, if any."""
        return None if self._outage is None or self._outage.spent else self._outage

    @property
    def current(self) -> list[ChosenFault]:
        """What is on now, an outage last."""
        self._drop_spent()
        return [*self.chosen, *([self.outage] if self.outage else [])]

    def for_request(self, kind: RequestKind) -> list[ChosenFault]:
        """The chosen faults this request meets; each is counted."""
        return self._take(c for c in self.chosen if not c.fault.belongs_to_job and kind in c.on)

    def for_job(self) -> list[ChosenFault]:
        """The chosen faults a job created now meets; each is counted."""
        return self._take(c for c in self.chosen if c.fault.belongs_to_job)

    def named_in(self, prompt: Prompt) -> list[ChosenFault]:
        """The faults a prompt names; raises UnknownFault."""
        return [_of_word(word) for word in prompt.faults]

    def happens_first(self, chosen: ChosenFault, prompt: Prompt) -> bool:
        """False for a fault that occurs once and has already affected this prompt."""
        key = (chosen.fault.name, prompt.text)
        if not chosen.fault.once:
            return True
        seen = key in self._happened
        self._happened.add(key)
        return not seen

    def state(self) -> list[dict[str, Any]]:
        """What is chosen now, for a person to read."""
        return [{"name": c.fault.name, "times": c.times, "seconds": c.seconds} for c in self.current]

    def _take(self, candidates: Iterable[ChosenFault]) -> list[ChosenFault]:
        taken = [chosen for chosen in candidates if not chosen.spent]
        for chosen in taken:
            chosen.times = None if chosen.times is None else chosen.times - 1
        self._drop_spent()
        return taken

    def _drop_spent(self) -> None:
        self.chosen = [chosen for chosen in self.chosen if not chosen.spent]


def inherited(parent: Job) -> list[ChosenFault]:
    """What a button's job takes over: how records look and cancels fare, and what was named for later jobs."""
    kept = [c for c in parent.chosen_faults if c.fault.reshape and not c.later]
    return [*kept, *(replace(c, later=False) for c in parent.chosen_faults if c.later)]


def of_existing(job: Job, kind: RequestKind) -> list[ChosenFault]:
    """The job's faults that act on later requests about it, not on submissions in general."""
    return [c for c in job.chosen_faults if not c.later and kind in c.fault.on and not (c.fault.on >= SUBMISSIONS)]


def _chosen(name: str, seconds: float | None) -> ChosenFault:
    fault = CATALOGUE.get(name)
    if fault is None:
        raise UnknownFault(f"There is no scenario called {name}; GET /control/scenarios lists them.")
    return ChosenFault(fault, fault.seconds if seconds is None else seconds, on=fault.on)


def _of_word(word: NamedFault) -> ChosenFault:
    return replace(_chosen(word.name, word.seconds), later=word.later)
