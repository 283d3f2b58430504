"""What somebody may still decide on: kept until it is used, once, or thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.database import Database
from bot.store.db.schema import drafts


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
        """Write the draft down. Raises `sqlalchemy.exc.IntegrityError` when another one has its id."""
        values = {
            "id": draft.id,
            "purpose": draft.purpose,
            "user_id": draft.user_id,
            "content": dict(draft.content),
            "created_at": draft.created_at,
        }
        try:
            await self._database.run(lambda connection: connection.execute(sa.insert(drafts).values(values)))
        except IntegrityError:
            # It is there already when a connection broke off after the first commit.
            kept = await self.get(draft.id)
            if kept is None or kept.created_at != draft.created_at:
                raise

    async def get(self, draft_id: str) -> Draft | None:
        """The draft, used or not, or None."""
        query = sa.select(drafts).where(drafts.c.id == draft_id)
        row = (await self._database.run(lambda connection: connection.execute(query))).mappings().first()
        return Draft(**row) if row is not None else None

    async def use(
        self, draft_id: str, now: datetime, *, content: Mapping[str, object] | None = None, again: bool = False
    ) -> bool:
        """Whether this call is the one that uses the draft; of several at the same time one gets True.

        Its content is replaced by `content`, or wiped. With `again`, a later call with the same time also gets True.
        """
        this = drafts.c.id == draft_id
        change = (
            sa.update(drafts).where(this & drafts.c.used_at.is_(None)).values(used_at=now, content=dict(content or {}))
        )
        attempts = count()

        async def use(connection: AsyncConnection) -> bool:
            first = next(attempts) == 0
            if (await connection.execute(change)).rowcount == 1:
                return True
            # Once a connection broke off, what is used may have been used by this call.
            used_at = await connection.scalar(sa.select(drafts.c.used_at).where(this))
            return used_at == now and (again or not first)

        return await self._database.run(use)

    async def forget(self, before: datetime) -> int:
        """How many drafts from before this moment were thrown away."""
        old = sa.delete(drafts).where(drafts.c.created_at < before)
        return (await self._database.run(lambda connection: connection.execute(old))).rowcount
