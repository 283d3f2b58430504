"""Finding jobs again: one's own by their words or id, the one a message shows, and its relatives."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import UserError
from bot.store import JobFilter, JobRecord, JobStore

PAGE = 5
"""Jobs on one page."""

SUGGESTIONS = 25
"""Discord offers no more choices while somebody types."""

_NOT_YOURS = "You have no job with this id. Choose one from the list that appears while you type."


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a member's jobs, newest first: page `number` of `pages`, counted from 1, of `total` jobs."""

    jobs: tuple[JobRecord, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Relatives:
    """The job that one follows up, and those that follow it up, oldest first."""

    parent: JobRecord | None
    children: tuple[JobRecord, ...]


class History:
    """The jobs that were made, for those who want to see them again."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def own(self, job_id: str, user_id: int) -> JobRecord:
        """This member's job; raises `UserError` when it is not known or somebody else's."""
        job = await self._store.get(job_id)
        if job is None or job.reply.user_id != user_id:
            raise UserError(_NOT_YOURS)
        return job

    async def suggested(self, typed: str, user_id: int, *, unfinished: bool = False) -> list[JobRecord]:
        """The member's newest jobs anywhere that what was typed may mean, 25 at most."""
        wanted = JobFilter(user_id=user_id, everywhere=True, text=typed, unfinished=unfinished)
        return await self._store.find(wanted, limit=SUGGESTIONS)

    async def suggested_here(self, typed: str, user_id: int, guild_id: int | None) -> list[JobRecord]:
        """The member's newest jobs in this server (None: in direct messages) with these words in them, 25 at most."""
        return await self._store.find(JobFilter(user_id=user_id, guild_id=guild_id, text=typed), limit=SUGGESTIONS)

    async def page(self, number: int, user_id: int, guild_id: int | None, search: str = "") -> Page:
        """A page of the member's jobs in this server (None: in direct messages), the last one for a number beyond it.

        There are no pages when nothing fits.
        """
        wanted = JobFilter(user_id=user_id, guild_id=guild_id, text=search)
        total = await self._store.count(wanted)
        pages = -(-total // PAGE)
        number = max(1, min(number, pages))
        found = await self._store.find(wanted, limit=PAGE, offset=(number - 1) * PAGE)
        return Page(tuple(found), number, pages, total)

    async def shown(self, job_ids: Iterable[str], message_id: int) -> JobRecord:
        """The job of which a message speaks: by the ids on its buttons, else by where its reply stands.

        Raises `UserError` when it shows none.
        """
        for job_id in job_ids:
            if (job := await self._store.get(job_id)) is not None:
                return job
        job = await self._store.by_message(message_id)
        if job is None:
            raise UserError("This message shows no job of this bot.")
        return job

    async def relatives(self, job: JobRecord) -> Relatives:
        """Where the job comes from, and what was made of it."""
        parent = await self._store.get(job.parent_id) if job.parent_id is not None else None
        return Relatives(parent, tuple(await self._store.children(job.id)))
