"""An API that can't be read: a line in the log when that begins, and one when it is over."""

import logging

from bot.imaginepro import ImagineProError

log = logging.getLogger(__name__)


class OutageLog:
    """Counts the jobs that can't be read, so that a thousand of them are one outage."""

    def __init__(self) -> None:
        self._unreadable: set[str] = set()
        self._failures = 0

    def failed(self, remote_id: str, error: ImagineProError) -> None:
        """This job could not be read."""
        self._failures += 1
        self._unreadable.add(remote_id)
        if self._failures == 1:
            log.warning("a job can't be read: %s", error.text, extra={"remote": remote_id})

    def answered(self, remote_id: str) -> None:
        """This job was read."""
        self._unreadable.discard(remote_id)
        if self._failures and not self._unreadable:
            log.info("the API answers again", extra={"remote": remote_id, "failures": self._failures})
            self._failures = 0

    def forget(self, remote_id: str) -> None:
        """This job is no longer followed."""
        self._unreadable.discard(remote_id)
