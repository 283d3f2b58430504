"""What Discord counts together, and what waits for it."""

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, NamedTuple

Work = Coroutine[Any, Any, None]
Begin = Callable[[], Work | None]
"""Gives the work when its turn has come, or None when there is nothing to do any more, which costs no turn."""

log = logging.getLogger(__name__)


class BucketKind(StrEnum):
    """What Discord counts together."""

    TOKEN = "token"  # noqa: S105  # a word, no secret
    CHANNEL = "channel"


class BucketKey(NamedTuple):
    """The edits by one interaction's token, or those in one channel."""

    kind: BucketKind
    id: int


SPACING = {BucketKind.TOKEN: 0.45, BucketKind.CHANNEL: 1.1}
"""Seconds from one request to the next within a budget. Discord takes five in two seconds by a token, and five in five
seconds in a channel."""


class Bucket:
    """What waits for one budget, and when the next request may leave."""

    __slots__ = ("budget", "busy", "free_at", "later", "others", "sooner", "timed", "urgent")

    def __init__(self, budget: BucketKey) -> None:
        self.budget = budget
        self.urgent: deque[Begin] = deque()
        self.others: deque[Begin] = deque()
        self.free_at = 0.0
        self.busy = self.timed = self.sooner = self.later = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self.urgent and not self.others

    def take(self) -> Work | None:
        """The work that is next, what is urgent first; None when it has become needless or can't be begun."""
        try:
            return (self.urgent or self.others).popleft()()
        except Exception:
            log.exception("an edit could not be begun")
            return None
