"""Jobs to remember, with everything a test does not care about filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.store import JobKind, JobRecord, JobStore, NewJob, ReplyTarget

TOKEN = "interaction-token-nobody-may-see"
_numbers = count(1)


def reply_address(**changes: Any) -> ReplyTarget:
    """A reply to an interaction of its own."""
    values: dict[str, Any] = {
        "interaction_id": next(_numbers),
        "application_id": 7,
        "token": TOKEN,
        "opened_at": datetime.now(UTC),
        "user_id": 100,
        "guild_id": 1,
        "channel_id": 2,
    }
    return ReplyTarget(**(values | changes))


def new_job(**changes: Any) -> NewJob:
    """A job for a prompt of its own; `reply` gives it another reply."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"job-{number}",
        "kind": JobKind.IMAGINE,
        "reply": reply_address(),
        "created_at": datetime.now(UTC),
        "prompt": f"a red fox, number {number} --ar 3:2",
        "words": f"a red fox, number {number}",
        "mode": "fast",
    }
    return NewJob(**(values | changes))


def new_follow_up(button: str = "U2", **changes: Any) -> NewJob:
    """A press of a button of some finished job."""
    values = {"kind": JobKind.FOLLOW_UP, "parent_id": "parent", "parent_remote_id": "remote-parent", "button": button}
    return new_job(**(values | changes))


async def rewritten(store: JobStore, job_id: str, **changes: Any) -> JobRecord:
    """The job after a change of its row, whatever its state and owner are; nothing in the bot can do that."""
    changed = await store._changed(job_id, changes)
    if changed is None:
        raise LookupError(job_id)
    return changed
