"""Refreshes signed URLs that expire, like those of Discord's attachments, in jobs before they are sent."""

import json
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import UserError
from bot.store import NewJob

log = logging.getLogger(__name__)

_MIN_VALIDITY = timedelta(hours=1)
"""How long a URL must remain valid: a job may wait in the queue before the API downloads its pictures."""

_EXPIRY = re.compile(r"[?&]ex=([0-9a-f]{1,12})(?:&|$)", re.IGNORECASE)
_PROMPT_SENT_BY = frozenset({"prompt", "zoom"})
"""Details of a button that is sent with a prompt. With other buttons the prompt is only stored, and not sent."""


class NotRefreshed(Exception):
    """No URL could be refreshed; the text says why, and contains none of the URLs."""


class PictureGone(UserError):
    """A picture that a job needs no longer exists where it was."""

    def __init__(self) -> None:
        super().__init__(
            "Discord no longer has a picture that this was made from, so nothing was started. "
            "Give the picture again, with the command."
        )


class UrlRefresher(Protocol):
    """Refreshes URLs at the service that signed them."""

    async def refreshed(self, urls: Sequence[str]) -> Mapping[str, str]:
        """New URLs by old ones, without those of deleted files. May raise `NotRefreshed`; waits only shortly."""
        ...


class AttachmentUrls:
    """The signed URLs in jobs: they begin with one of the `prefixes`, and their `ex` parameter is when they expire.

    `now` returns the current time.
    """

    def __init__(
        self,
        prefixes: Collection[str],
        refresher: UrlRefresher,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        # In a prompt a weight like ::2 may follow, in JSON a quotation mark.
        self._signed = re.compile(rf"(?:{'|'.join(map(re.escape, prefixes))})[^\s?\"\\<>]*\?[\w.~%=&+-]*")
        self._refresher = refresher
        self._now = now

    async def refreshed(self, job: NewJob) -> NewJob:
        """The job with valid URLs. Those that could not be refreshed stay as they are.

        Raises `PictureGone` for one that has expired and whose file the service no longer has.
        """
        expired = self.expired(job)
        if not expired:
            return job
        try:
            new = await self._refresher.refreshed(expired)
            reason = "it is gone"
            now = self._now().timestamp()
            if any(url not in new and _expires(url) <= now for url in expired):
                log.info("a picture of a new job no longer exists", extra={"job": job.id})
                raise PictureGone
        except NotRefreshed as error:
            new, reason = dict[str, str](), str(error)
        if missing := [_unsigned(url) for url in expired if url not in new]:
            log.info("a picture's address could not be renewed: %s", reason, extra={"job": job.id, "pictures": missing})
        return self._changed(job, lambda url: new.get(url, url))

    def replaced(self, job: NewJob, copies: Mapping[str, str]) -> NewJob:
        """The job with a copy in place of each URL that has expired; `copies` has URLs by those that they replace."""
        new = {url: copies[url] for url in self.expired(job) if url in copies}
        return self._changed(job, lambda url: new.get(url, url)) if new else job

    def expired(self, job: NewJob) -> list[str]:
        """The URLs sent to the API for this job that have expired or soon will, without duplicates."""
        latest = (self._now() + _MIN_VALIDITY).timestamp()
        sent = f"{job.prompt if _sends_prompt(job) else ''}\n{_as_text(job.details)}"
        found = dict.fromkeys(match[0] for match in self._signed.finditer(sent))
        return [url for url in found if _expires(url) <= latest]

    def same(self, one: Mapping[str, object], other: Mapping[str, object]) -> bool:
        """Whether the details of two jobs are equal, ignoring the signatures of URLs."""
        first, second = (self._substitute(_as_text(details), _unsigned) for details in (one, other))
        return first == second

    def _changed(self, job: NewJob, change: Callable[[str], str]) -> NewJob:
        details = json.loads(self._substitute(_as_text(job.details), change))
        if not _sends_prompt(job):
            return replace(job, details=details)
        prompt, words = self._substitute(job.prompt, change), self._substitute(job.words, change)
        return replace(job, prompt=prompt, words=words, details=details)

    def _substitute(self, text: str, change: Callable[[str], str]) -> str:
        return self._signed.sub(lambda found: change(found[0]), text)


def _as_text(details: Mapping[str, object]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True)


def _sends_prompt(job: NewJob) -> bool:
    return job.button is None or not _PROMPT_SENT_BY.isdisjoint(job.details)


def _expires(url: str) -> float:
    """When the URL expires, as a Unix time; infinity if it has no expiry."""
    found = _EXPIRY.search(url)
    return int(found[1], 16) if found is not None else float("inf")


def _unsigned(url: str) -> str:
    return url.partition("?")[0]
