"""Finding jobs: by owner, place, words, id and message; and what they came to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store import JobFilter, JobState, JobStore, Usage
from tests.bot.records import new_follow_up, new_job, reply_address

NOW = datetime.now(UTC)
MIA, MAX, HERE, THERE = 100, 5, 1, 9


async def kept(store: JobStore, prompt: str, *, minutes: int = 0, user: int = MIA, **changes: Any) -> str:
    """The id of a job of that age."""
    place = {name: changes.pop(name) for name in ("guild_id", "message_id") if name in changes}
    reply = reply_address(user_id=user, **place)
    made = NOW - timedelta(minutes=minutes)
    record, _ = await store.record(new_job(prompt=prompt, words=prompt, reply=reply, created_at=made, **changes))
    return record.id


async def found(store: JobStore, text: str = "", **wanted: Any) -> list[str]:
    """The ids of Mia's jobs that fit."""
    jobs = await store.find(JobFilter(**({"user_id": MIA, "guild_id": HERE, "text": text} | wanted)), limit=99)
    return [job.id for job in jobs]


async def test_own_jobs_of_a_place_come_newest_first(store: JobStore) -> None:
    """Nobody else's, and a server's apart from those in direct messages, unless they are wanted from everywhere."""
    old = await kept(store, "a fox", minutes=3)
    new = await kept(store, "a crow", minutes=1)
    elsewhere = await kept(store, "a hare", minutes=2, guild_id=THERE)
    private = await kept(store, "a mole", minutes=4, guild_id=None)
    await kept(store, "a fox", user=MAX)
    assert await found(store) == [new, old]
    assert await found(store, guild_id=None) == [private]
    assert await found(store, everywhere=True) == [new, elsewhere, old, private]
    assert await found(store, user_id=MAX + 1) == []


async def test_pages_follow_each_other(store: JobStore) -> None:
    """Limit and offset cut the list; the count is of all that fit. Jobs of one moment have a fixed order."""
    ids = [await kept(store, "a fox", id=f"job-{number}") for number in range(5)]
    wanted = JobFilter(user_id=MIA, guild_id=HERE)
    pages = [await store.find(wanted, limit=2, offset=start) for start in (0, 2, 4, 6)]
    assert [[job.id for job in page] for page in pages] == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]], []]
    assert await store.count(wanted) == 5
    assert await store.count(JobFilter(user_id=MIA, guild_id=THERE)) == 0


@pytest.mark.parametrize("text", ["fox", "RED  fox", "fox red", "ÄPFEL", "äpfel", "--ar 16:9", "  fox "])
async def test_every_word_must_be_in_the_prompt(store: JobStore, text: str) -> None:
    """In any order and case, in any alphabet, flags included."""
    wanted = await kept(store, "a Red fox with Äpfel --ar 16:9")
    await kept(store, "a blue crow")
    assert await found(store, text) == [wanted]


@pytest.mark.parametrize("text", ["%", "_", "100%", "a_b", "/", "\\", "50/", "C:\\"])
async def test_wildcards_mean_themselves(store: JobStore, text: str) -> None:
    """A percent sign finds a percent sign and not everything."""
    wanted = await kept(store, f"before {text} after")
    await kept(store, "plain words, aXb, 100 of them")
    assert await found(store, text) == [wanted]


async def test_an_id_is_found_by_its_beginning(store: JobStore) -> None:
    """Whoever has an id may type it, as far as they like; its wildcards are literal too."""
    wanted = await kept(store, "a fox", id="aB_9-xyz")
    await kept(store, "a crow", id="aBc9-xyz")
    assert await found(store, "aB_9-xyz") == await found(store, "aB_") == [wanted]
    assert await found(store, "xyz") == []


async def test_unfinished_ones_alone(store: JobStore) -> None:
    """Whatever is recorded, in line, being sent or running."""
    for number, state in enumerate(JobState):
        await store.update(await kept(store, "a fox", minutes=number, id=state.value), state=state)
    assert await found(store, unfinished=True) == ["recorded", "waiting", "called", "submitting", "running"]


async def test_the_job_of_a_message(store: JobStore) -> None:
    """The newest one whose reply it is; None for any other message."""
    await kept(store, "a fox", minutes=5, message_id=77)
    newest = await kept(store, "a crow", message_id=77)
    await kept(store, "a hare", message_id=78)
    job = await store.by_message(77)
    assert job is not None
    assert job.id == newest
    assert await store.by_message(79) is None


async def test_usage_counts_what_was_sent(store: JobStore) -> None:
    """Sent or being sent, with and without a known price; not what was refused or stayed in line."""
    sent = {"submitting_at": NOW, "submitted_at": NOW}
    await store.update(await kept(store, "a fox", cost_credits=10), **sent)  # type: ignore[arg-type]
    await store.update(await kept(store, "a fox", cost_credits=5), submitting_at=NOW, state=JobState.UNCONFIRMED)
    await store.update(await kept(store, "a fox", minutes=90), **sent)  # type: ignore[arg-type]
    await kept(store, "a fox in line", cost_credits=10)
    await store.update(await kept(store, "a fox", cost_credits=99, guild_id=THERE), **sent)  # type: ignore[arg-type]
    await store.update(await kept(store, "a fox", cost_credits=99, user=MAX), **sent)  # type: ignore[arg-type]
    assert await store.usage(MIA, HERE) == Usage(jobs=3, credits=15, unpriced=1)
    assert await store.usage(MIA, HERE, NOW - timedelta(hours=1)) == Usage(jobs=2, credits=15, unpriced=0)
    assert await store.usage(MIA, None) == Usage(jobs=0, credits=0, unpriced=0)
    record, _ = await store.record(new_follow_up(reply=reply_address(guild_id=None), cost_credits=5))
    await store.update(record.id, submitted_at=NOW)
    assert await store.usage(MIA, None) == Usage(jobs=1, credits=5, unpriced=0)
