"""The clock by which the age of messages and addresses is counted; tests set it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
