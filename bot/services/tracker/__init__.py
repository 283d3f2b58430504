"""Following jobs at the API: one scheduler for all of them."""

from bot.services.tracker.durations import Durations, Usual, pace_of
from bot.services.tracker.following import Following, Overdue, Patience, ProgressSource, Snapshot, WithoutResult
from bot.services.tracker.tracker import Tracker

__all__ = [
    "Durations",
    "Following",
    "Overdue",
    "Patience",
    "ProgressSource",
    "Snapshot",
    "Tracker",
    "Usual",
    "WithoutResult",
    "pace_of",
]
