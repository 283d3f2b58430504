"""Drafts: requests that are shown with a button, and start something when the member presses it, once."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.errors import UserError
from bot.store import Draft, DraftStore, DraftUse
from bot.timings import DEFAULT_TIMINGS, Timings

_EXPIRED = "This is too old by now. Ask for it anew."
USED = "This was used already."
_NOT_YOURS = "This belongs to the member who asked for it."


class Drafts:
    """The drafts of this bot. They survive a restart, and only one press can use each."""

    def __init__(self, store: DraftStore, timings: Timings = DEFAULT_TIMINGS) -> None:
        self._store = store
        self._life = timings.draft_life

    async def keep(self, purpose: str, user_id: int, content: Mapping[str, object]) -> str:
        """Store this content (JSON values) for the member. Returns the draft's id."""
        await self.forget_old()
        now = datetime.now(UTC)
        draft = Draft(
            id=secrets.token_urlsafe(12), purpose=purpose, user_id=user_id, content=dict(content), created_at=now
        )
        await self._store.keep(draft)
        return draft.id

    async def forget_old(self) -> None:
        """Delete expired drafts: they may hold an interaction's token, which should not be kept."""
        await self._store.forget(datetime.now(UTC) - self._life)

    async def look(self, purpose: str, draft_id: str, user_id: int) -> Mapping[str, object]:
        """The draft's content, still usable. Raises `UserError` if it has expired, was used or is another member's."""
        draft = await self._store.get(draft_id)
        if draft is None or draft.purpose != purpose or datetime.now(UTC) - draft.created_at > self._life:
            raise UserError(_EXPIRED)
        if draft.user_id != user_id:
            raise UserError(_NOT_YOURS)
        if draft.used_at is not None:
            raise UserError(USED)
        return draft.content

    async def take(self, purpose: str, draft_id: str, user_id: int) -> Mapping[str, object]:
        """The draft's content, which is now used. Raises `UserError` as `look` does."""
        content = await self.look(purpose, draft_id, user_id)
        if not await self._store.use(draft_id, datetime.now(UTC)):
            raise UserError(USED)
        return content

    async def use_of(self, purpose: str, draft_id: str, user_id: int) -> DraftUse:
        """The use of the draft now, to be recorded with what it starts. Raises `UserError` as `look` does."""
        await self.look(purpose, draft_id, user_id)
        return DraftUse(draft_id=draft_id, at=datetime.now(UTC))

    async def release(self, draft_id: str, used_at: datetime, content: Mapping[str, object]) -> None:
        """Let the draft, with this content, be used again, if its use was at this time."""
        await self._store.release(draft_id, used_at, content)

    async def claimed(self, draft_id: str, pressed_at: datetime) -> Mapping[str, object] | None:
        """The content that the press at this time has claimed; None if another press did, or if it has expired."""
        draft = await self._store.get(draft_id)
        return draft.content if draft is not None and draft.used_at == pressed_at else None

    async def exists(self, draft_id: str) -> bool:
        """Whether the draft is still kept, used or not."""
        return await self._store.get(draft_id) is not None
