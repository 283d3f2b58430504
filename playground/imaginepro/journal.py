"""What the simulator received and sent, for a test to assert on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Entry:
    """One request: `status` is None until it is answered, and stays None when the connection was cut."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    time: float
    status: int | None = None


@dataclass(frozen=True)
class Delivery:
    """One webhook that was sent: `status` is None when nobody answered."""

    url: str
    body: dict[str, Any]
    status: int | None
