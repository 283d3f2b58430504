"""Signs that another process answers with this bot's token, on a database of its own."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_QUIET_SECONDS = 3600.0
_ADVICE = (
    "Another bot process with the same token may use another database: members then find that buttons don't work. End "
    "it, or give all processes the same DATABASE_URL."
)


class OtherProcess:
    """Logs a sign of it, at most once an hour. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quiet_until = 0.0

    def suspect(self, sign: str) -> None:
        """Note a sign, a sentence."""
        now = self._clock()
        if now >= self._quiet_until:
            self._quiet_until = now + _QUIET_SECONDS
            log.warning("%s %s", sign, _ADVICE)
