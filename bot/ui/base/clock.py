"""The current time, by which the age of messages and attachment URLs is judged; tests replace it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
