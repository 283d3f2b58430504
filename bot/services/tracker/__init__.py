"""Polling jobs at the API, with one scheduler for all of them."""

from bot.services.tracker.durations import Durations, TypicalDurations, duration_class_of
from bot.services.tracker.tracker import Tracker
from bot.services.tracker.types import Overdue, PollRequest, Snapshot, Tolerances, WithoutResult

__all__ = [
    "Durations",
    "Overdue",
    "PollRequest",
    "Snapshot",
    "Tolerances",
    "Tracker",
    "TypicalDurations",
    "WithoutResult",
    "duration_class_of",
]
