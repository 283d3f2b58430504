"""Discord's rate-limit buckets for message edits, each with its own queue."""

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, NamedTuple

Work = Coroutine[Any, Any, None]
StartWork = Callable[[], Work | None]
"""Returns the work to do when its slot comes, or None when nothing needs to be done; None uses up no slot."""

log = logging.getLogger(__name__)


class BucketKind(StrEnum):
    """What requests have in common that share one of Discord's rate-limit buckets."""

    TOKEN = "token"  # noqa: S105  # a word, no secret
    CHANNEL = "channel"


class BucketKey(NamedTuple):
    """Identifies a bucket: the edits by one interaction's token, or those in one channel."""

    kind: BucketKind
    id: int


class Bucket:
    """The edits that wait for one rate-limit bucket, and when the next may be sent."""

    __slots__ = ("busy", "has_timer", "key", "next_at", "normal", "ready_normal", "ready_urgent", "urgent")

    def __init__(self, key: BucketKey) -> None:
        self.key = key
        self.urgent: deque[StartWork] = deque()
        self.normal: deque[StartWork] = deque()
        self.next_at = 0.0
        self.busy = self.has_timer = self.ready_urgent = self.ready_normal = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self.urgent and not self.normal

    def pop(self) -> Work | None:
        """The next work, urgent first; None when it is no longer needed or could not be started."""
        try:
            return (self.urgent or self.normal).popleft()()
        except Exception:
            log.exception("an edit could not be begun")
            return None
