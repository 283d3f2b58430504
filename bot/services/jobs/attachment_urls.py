"""Addresses that are signed and soon cease to work, such as Discord's of attachments: found in jobs, and renewed."""

import json
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.store import NewJob

log = logging.getLogger(__name__)

_LEFT = timedelta(hours=1)
"""How long an address has to work still: a job may wait in line before anybody fetches its pictures."""

_EXPIRY = re.compile(r"[?&]ex=([0-9a-f]{1,12})(?:&|$)", re.IGNORECASE)
_PROMPT_SENT_BY = frozenset({"prompt", "zoom"})
"""Details of a button that is sent with a prompt. Any other one's job only remembers what its picture was made from."""


class NotRefreshed(Exception):
    """No address could be renewed; the text says why, and holds none of them."""


class UrlRefresher(Protocol):
    """Whoever has signed the addresses."""

    async def refreshed(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """Those that work again, by those given; what is gone is left out. Raises `NotRefreshed`, soon."""
        ...


class AttachmentUrls:
    """The signed addresses in jobs: they begin with one of the `places` and say in `ex` when they cease to work.

    `now` is the moment by which they are judged.
    """

    def __init__(
        self,
        places: Collection[str],
        refresher: UrlRefresher,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        # In a prompt a weight such as ::2 may follow, in JSON a quotation mark.
        self._signed = re.compile(rf"(?:{'|'.join(map(re.escape, places))})[^\s?\"\\<>]*\?[\w.~%=&+-]*")
        self._refresher = refresher
        self._now = now

    async def refreshed(self, job: NewJob) -> NewJob:
        """The job with addresses that work. Those for which there are no others stay as they are."""
        old = self.expired(job)
        if not old:
            return job
        try:
            new = await self._refresher.refreshed(old)
            reason = "it is gone"
        except NotRefreshed as error:
            new, reason = dict[str, str](), str(error)
        if left := [_unsigned(address) for address in old if address not in new]:
            log.info("a picture's address could not be renewed: %s", reason, extra={"job": job.id, "pictures": left})
        return self._changed(job, lambda address: new.get(address, address))

    def expired(self, job: NewJob) -> list[str]:
        """The addresses, each once, that the API is sent for this job and that have ceased to work, or soon will."""
        latest = (self._now() + _LEFT).timestamp()
        sent = f"{job.prompt if _sends_prompt(job) else ''}\n{_as_text(job.details)}"
        found = dict.fromkeys(match[0] for match in self._signed.finditer(sent))
        return [address for address in found if _expires(address) <= latest]

    def same(self, one: Mapping[str, object], other: Mapping[str, object]) -> bool:
        """Whether these details of two jobs say the same, the pictures' signatures apart."""
        first, second = (self._in(_as_text(details), _unsigned) for details in (one, other))
        return first == second

    def _changed(self, job: NewJob, change: Callable[[str], str]) -> NewJob:
        details = json.loads(self._in(_as_text(job.details), change))
        if not _sends_prompt(job):
            return replace(job, details=details)
        prompt, words = self._in(job.prompt, change), self._in(job.words, change)
        return replace(job, prompt=prompt, words=words, details=details)

    def _in(self, text: str, change: Callable[[str], str]) -> str:
        return self._signed.sub(lambda found: change(found[0]), text)


def _as_text(details: Mapping[str, object]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True)


def _sends_prompt(job: NewJob) -> bool:
    return job.button is None or not _PROMPT_SENT_BY.isdisjoint(job.details)


def _expires(address: str) -> float:
    """When the address ceases to work, in seconds since 1970; never, where it doesn't say."""
    found = _EXPIRY.search(address)
    return int(found[1], 16) if found is not None else float("inf")


def _unsigned(address: str) -> str:
    return address.partition("?")[0]
