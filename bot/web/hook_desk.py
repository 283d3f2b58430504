"""What the address for the API's events needs of the rest of the bot."""

from collections.abc import Mapping
from typing import Protocol


class HookDesk(Protocol):
    """Knows to which jobs the addresses belong, and what is to become of an event. Neither call raises or waits."""

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether the bot has given out an address with these two parts."""
        ...

    def take(self, job_id: str, event: Mapping[str, object]) -> None:
        """Take the event up after this call has returned, or not at all. `event` is any JSON object."""
        ...
