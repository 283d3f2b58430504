"""The pauses between attempts at what one job needs of the database."""

import logging

from bot.backoff import Backoff
from bot.store import is_outage
from bot.timings import Timings


def job_backoff(log: logging.Logger, message: str, job_id: str, timings: Timings) -> Backoff:
    """A new backoff for this job; the first failure of each kind is logged as `message`, unless it is an outage."""
    return Backoff(
        log,
        message,
        first=timings.retry_pause,
        longest=timings.longest_retry_pause,
        is_known=is_outage,
        extra={"job": job_id},
    )
