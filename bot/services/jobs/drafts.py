"""What a member may still decide on: prepared, shown with a button, and used once."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.errors import UserError
from bot.store import Draft, DraftStore

LIFE = timedelta(minutes=14)
"""How long a draft can be used: as long as the interaction that it came from can be answered, and a little less."""

_OVER = "This is too old by now. Ask for it anew."
USED = "This was used already."
_FOREIGN = "This belongs to the member who asked for it."


class Drafts:
    """The drafts of this bot; they survive a restart and are used by one press, however many arrive."""

    def __init__(self, store: DraftStore) -> None:
        self._store = store

    async def keep(self, purpose: str, user_id: int, content: Mapping[str, object]) -> str:
        """The id under which the member finds this content (JSON values) again."""
        await self.forget_old()
        now = datetime.now(UTC)
        draft = Draft(
            id=secrets.token_urlsafe(12), purpose=purpose, user_id=user_id, content=dict(content), created_at=now
        )
        await self._store.keep(draft)
        return draft.id

    async def forget_old(self) -> None:
        """Throw away what nobody can use any more: it may hold a reply's token, which is nobody's business."""
        await self._store.forget(datetime.now(UTC) - LIFE)

    async def look(self, purpose: str, draft_id: str, user_id: int) -> Mapping[str, object]:
        """The draft's content, which can still be used. Raises `UserError` when it is over, used or somebody else's."""
        draft = await self._store.get(draft_id)
        if draft is None or draft.purpose != purpose or datetime.now(UTC) - draft.created_at > LIFE:
            raise UserError(_OVER)
        if draft.user_id != user_id:
            raise UserError(_FOREIGN)
        if draft.used_at is not None:
            raise UserError(USED)
        return draft.content

    async def take(self, purpose: str, draft_id: str, user_id: int) -> Mapping[str, object]:
        """The draft's content, for this caller alone. Raises `UserError` as `look` does."""
        content = await self.look(purpose, draft_id, user_id)
        if not await self._store.use(draft_id, datetime.now(UTC)):
            raise UserError(USED)
        return content

    async def claim(self, draft_id: str, moment: datetime, content: Mapping[str, object]) -> bool:
        """Use the draft for the press of this moment, and keep `content` with it. False if another press was first.

        The same press may claim it again.
        """
        return await self._store.use(draft_id, moment, content=content, again=True)

    async def claimed(self, draft_id: str, moment: datetime) -> Mapping[str, object] | None:
        """What the press of this moment has claimed; None if another one did, or if it is too old by now."""
        draft = await self._store.get(draft_id)
        return draft.content if draft is not None and draft.used_at == moment else None

    async def exists(self, draft_id: str) -> bool:
        """Whether the draft is still kept, used or not."""
        return await self._store.get(draft_id) is not None
