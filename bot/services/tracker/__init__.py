"""Following jobs at the API: one scheduler for all of them."""

from bot.services.tracker.durations import Durations, Usual, pace_of
from bot.services.tracker.tracker import Tracker
from bot.services.tracker.types import Following, Overdue, Patience, Snapshot, WithoutResult

__all__ = [
    "Durations",
    "Following",
    "Overdue",
    "Patience",
    "Snapshot",
    "Tracker",
    "Usual",
    "WithoutResult",
    "pace_of",
]
