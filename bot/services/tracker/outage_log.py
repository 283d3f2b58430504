"""Logs outages of the API: one line at the beginning, and one at the end."""

import logging

from bot.imaginepro import ImagineProError

log = logging.getLogger(__name__)


class OutageLog:
    """Collects the jobs whose polls fail, so that a thousand of them are logged as one outage."""

    def __init__(self) -> None:
        self._unreadable: set[str] = set()
        self._failures = 0

    def failed(self, remote_id: str, error: ImagineProError) -> None:
        """Note a failed poll of this job."""
        self._failures += 1
        self._unreadable.add(remote_id)
        if self._failures == 1:
            log.warning("a job can't be read: %s", error.text, extra={"remote": remote_id})

    def answered(self, remote_id: str) -> None:
        """Note a successful poll of this job."""
        self._unreadable.discard(remote_id)
        if self._failures and not self._unreadable:
            log.info("the API answers again", extra={"remote": remote_id, "failures": self._failures})
            self._failures = 0

    def forget(self, remote_id: str) -> None:
        """Forget this job, which is no longer polled."""
        self._unreadable.discard(remote_id)
