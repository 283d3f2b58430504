"""Drafts of jobs that a member has yet to confirm: kept until they are used, once, or expire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.store.db.database import Database
from bot.store.db.schema import drafts
from bot.store.draft_uses import DraftUse, use_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Something prepared for one member; `content` is JSON, `used_at` None until it was used.

    The content may open a reply, so no printed draft shows it.
    """

    id: str
    purpose: str
    user_id: int
    content: Mapping[str, object] = field(repr=False)
    created_at: datetime
    used_at: datetime | None = None


class DraftStore:
    """Reads and writes drafts; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, draft: Draft) -> None:
        """Store the draft. Raises `sqlalchemy.exc.IntegrityError` when another one has its id."""
        values = {
            "id": draft.id,
            "purpose": draft.purpose,
            "user_id": draft.user_id,
            "content": dict(draft.content),
            "created_at": draft.created_at,
        }
        try:
            await self._database.run(lambda connection: connection.execute(_INSERT, values))
        except IntegrityError:
            # A repeated transaction: the first commit succeeded and its answer was lost.
            kept = await self.get(draft.id)
            if kept is None or kept.created_at != draft.created_at:
                raise

    async def get(self, draft_id: str) -> Draft | None:
        """The draft, used or not, or None."""
        values = {"draft_id": draft_id}
        row = await self._database.run(lambda connection: connection.execute(_GET, values).mappings().first())
        return Draft(**row) if row is not None else None

    async def use(self, draft_id: str, now: datetime) -> bool:
        """Whether this call is the one that uses the draft; of several at the same time one gets True.

        Its content is deleted.
        """
        attempts = count()

        def work(connection: sa.Connection) -> bool:
            first = next(attempts) == 0
            if use_draft(connection, DraftUse(draft_id=draft_id, at=now)):
                return True
            # An earlier attempt of this call may have used it before its connection broke.
            return not first and connection.scalar(_USED_AT, {"draft_id": draft_id}) == now

        return await self._database.run(work)

    async def release(self, draft_id: str, used_at: datetime, content: Mapping[str, object]) -> None:
        """Undo the use at this time, if there was one, so that the draft, with this content, can be used again."""
        values = {"draft_id": draft_id, "moment": used_at, "replacement": dict(content)}
        await self._database.run(lambda connection: connection.execute(_RELEASE, values))

    async def forget(self, before: datetime) -> int:
        """How many drafts from before this time were deleted."""
        return await self._database.run(lambda connection: connection.execute(_FORGET, {"before": before}).rowcount)


_this = drafts.c.id == sa.bindparam("draft_id")
_INSERT = sa.insert(drafts)
_GET = sa.select(drafts).where(_this)
_USED_AT = sa.select(drafts.c.used_at).where(_this)
_RELEASE = (
    sa.update(drafts)
    .where(_this, drafts.c.used_at == sa.bindparam("moment"))
    .values(used_at=None, content=sa.bindparam("replacement"))
)
_FORGET = sa.delete(drafts).where(drafts.c.created_at < sa.bindparam("before"))
