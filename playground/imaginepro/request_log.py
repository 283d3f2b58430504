"""What the simulator received and sent, for a test to assert on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class LoggedRequest:
    """One request: `status` is None until it is answered, and stays None when the connection was cut.

    `time` is when it came and `ended` when it was answered or cut, in seconds since the epoch; `answer` is the JSON of
    the answer, if it was JSON. A `browser` asks for pictures that a message shows.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    time: float
    status: int | None = None
    ended: float | None = None
    answer: Any = field(default=None, repr=False)
    browser: bool = False

    @property
    def cut(self) -> bool:
        """True when the connection ended without an answer."""
        return self.ended is not None and self.status is None


@dataclass(frozen=True)
class WebhookDelivery:
    """One webhook that was sent; `status` is None when no answer came."""

    url: str
    body: dict[str, Any]
    status: int | None
