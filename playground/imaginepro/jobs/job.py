"""A job as the service knows it, and all of them by id."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from .prompt import Prompt

if TYPE_CHECKING:
    from playground.imaginepro.pictures.crafts.product import Product, Recipe
    from playground.imaginepro.pictures.painting import Picture
    from playground.imaginepro.pictures.painting.colours import Colour

    from .fault import ChosenFault, Fault


class Status(StrEnum):
    """The states of a job; only DONE and FAIL are final."""

    SUBMITTED = "SUBMITTED"
    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAIL = "FAIL"

    @property
    def terminal(self) -> bool:
        """True when nothing more will happen to the job."""
        return self in {Status.DONE, Status.FAIL}


@dataclass
class Job:
    """One submission and its state. `outcome` holds the record's fields that only some states have."""

    kind: str
    prompt: str
    parsed: Prompt
    sheet: tuple[Picture, ...]
    seconds: float
    price: int
    seed: int
    parent: str | None = None
    root: str = ""
    button: str | None = None
    ref: str | None = None
    webhook: str | None = None
    timeout: float = 900
    submitted: dict[str, Any] = field(default_factory=dict)
    chosen_faults: tuple[ChosenFault, ...] = ()
    palette: tuple[Colour, ...] = ()
    # The record holds only the original's address: the submission asked for no CDN copy.
    direct: bool = False
    # For jobs that process input pictures instead of drawing a sheet: the recipe and its result.
    recipe: Recipe | None = None
    product: Product | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.SUBMITTED
    progress: int = 0
    step: int = 0
    error: str | None = None
    outcome: dict[str, Any] = field(default_factory=dict)
    # How often its finished picture was asked for.
    fetches: int = 0
    # Why it was stopped from outside.
    stopped: str | None = None
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    # Every state it has entered: when, which, and at how many percent.
    moves: list[tuple[float, Status, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.root or self.id
        self.dice = random.Random(self.id)

    @property
    def cancelled(self) -> bool:
        """True once it was stopped from outside."""
        return self.stopped is not None

    @property
    def grid(self) -> bool:
        """True when the result is a 2×2 grid."""
        return len(self.sheet) > 1

    @property
    def upscaled(self) -> bool:
        """True when the result came from one of the larger upscales."""
        return bool(self.button) and "Upscale" in str(self.button)

    @property
    def faults(self) -> list[Fault]:
        """The faults of this job itself, without those that wait for its buttons' jobs."""
        return [chosen.fault for chosen in self.chosen_faults if not chosen.later]

    @property
    def buttons(self) -> list[str]:
        """What the finished job offers to press, as its record lists it."""
        return self.outcome.get("buttons", [])

    def move(self, status: Status, progress: int | None = None) -> None:
        """Enter a state; progress never falls."""
        self.status = status
        if progress is not None:
            self.progress = max(self.progress, progress)
        self.updated_at = time.time()
        self.moves.append((self.updated_at, status, self.progress))

    def fail(self, reason: str) -> None:
        """End the job without a picture."""
        self.error = reason
        self.outcome = {}
        self.move(Status.FAIL)


class JobsById(dict[str, Job]):
    """All jobs by id, oldest first."""

    def finished_since(self, moment: float) -> list[Job]:
        """Jobs whose picture was finished after that time (seconds since the epoch), newest first."""
        return [job for job in reversed(self.values()) if job.status is Status.DONE and job.updated_at >= moment]

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        return {status.value: sum(job.status is status for job in self.values()) for status in Status}
