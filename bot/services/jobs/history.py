"""Finds earlier jobs: a member's own by text or id, the job that a message shows, and related jobs."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import UserError
from bot.store import JobFilter, JobRecord, JobStore

PAGE = 5
"""Jobs on one page."""

SUGGESTIONS = 25
"""Discord's maximum of autocomplete choices."""

_NOT_YOURS = "You have no job with this id. Choose one from the list that appears while you type."


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a member's jobs, newest first: page `number` of `pages`, starting at 1, of `total` jobs."""

    jobs: tuple[JobRecord, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Relatives:
    """The job that a follow-up was made from, and the follow-ups made from a job, oldest first."""

    parent: JobRecord | None
    children: tuple[JobRecord, ...]


class History:
    """Read access to earlier jobs."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def own(self, job_id: str, user_id: int) -> JobRecord:
        """This member's job. Raises `UserError` if it does not exist or is another member's."""
        job = await self._store.get(job_id)
        if job is None or job.reply.user_id != user_id:
            raise UserError(_NOT_YOURS)
        return job

    async def suggested(self, typed: str, user_id: int, *, unfinished: bool = False) -> list[JobRecord]:
        """The member's newest jobs in any server that match the typed text, at most 25."""
        wanted = JobFilter(user_id=user_id, everywhere=True, text=typed, unfinished=unfinished)
        return await self._store.find(wanted, limit=SUGGESTIONS)

    async def suggested_here(self, typed: str, user_id: int, guild_id: int | None) -> list[JobRecord]:
        """The member's newest jobs in this server (None: in direct messages) that match the typed text, at most 25."""
        return await self._store.find(JobFilter(user_id=user_id, guild_id=guild_id, text=typed), limit=SUGGESTIONS)

    async def page(self, number: int, user_id: int, guild_id: int | None, search: str = "") -> Page:
        """A page of the member's jobs in this server (None: in direct messages); the last page if there are fewer.

        It has no jobs, and `pages` is 0, if nothing matches.
        """
        wanted = JobFilter(user_id=user_id, guild_id=guild_id, text=search)
        total = await self._store.count(wanted)
        pages = -(-total // PAGE)
        number = max(1, min(number, pages))
        found = await self._store.find(wanted, limit=PAGE, offset=(number - 1) * PAGE)
        return Page(tuple(found), number, pages, total)

    async def shown(self, job_ids: Iterable[str], message_id: int) -> JobRecord:
        """The job that a message shows: by the ids of its buttons, otherwise by the message's id.

        Raises `UserError` if it shows none.
        """
        for job_id in job_ids:
            if (job := await self._store.get(job_id)) is not None:
                return job
        job = await self._store.by_message(message_id)
        if job is None:
            raise UserError("This message shows no job of this bot.")
        return job

    async def relatives(self, job: JobRecord) -> Relatives:
        """The job that this one was made from, and the jobs made from it."""
        parent = await self._store.get(job.parent_id) if job.parent_id is not None else None
        return Relatives(parent, tuple(await self._store.children(job.id)))
