"""The one use of a draft, inside the transaction that needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from bot.store.db.schema import drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftUse:
    """The use of a draft at this time; its content is replaced by `content`, or deleted.

    The content may open a reply, so no printed use shows it.
    """

    draft_id: str
    at: datetime
    content: Mapping[str, object] | None = field(default=None, repr=False)


class DraftUsed(Exception):
    """The draft was used before, or does not exist any more."""


def use_draft(connection: sa.Connection, use: DraftUse) -> bool:
    """Whether the draft was unused until now; of several uses at the same time one gets True."""
    values = {"draft_id": use.draft_id, "moment": use.at, "replacement": dict(use.content or {})}
    return connection.execute(_USE, values).rowcount == 1


_USE = (
    sa.update(drafts)
    .where(drafts.c.id == sa.bindparam("draft_id"), drafts.c.used_at.is_(None))
    .values(used_at=sa.bindparam("moment"), content=sa.bindparam("replacement"))
)
