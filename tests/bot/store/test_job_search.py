"""Finding jobs by owner, server, words, id and message, and their usage."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store import JobFilter, JobState, JobStore, Usage
from tests.bot.records import new_follow_up, new_job, reply_address, rewritten

NOW = datetime.now(UTC)
MIA, MAX, HERE, THERE = 100, 5, 1, 9


async def record_job(store: JobStore, prompt: str, *, minutes: int = 0, user: int = MIA, **changes: Any) -> str:
    """Record a job of this age and return its id."""
    reply_fields = {name: changes.pop(name) for name in ("guild_id", "message_id") if name in changes}
    reply = reply_address(user_id=user, **reply_fields)
    made = NOW - timedelta(minutes=minutes)
    record, _ = await store.record(new_job(prompt=prompt, words=prompt, reply=reply, created_at=made, **changes))
    return record.id


async def find_ids(store: JobStore, text: str = "", **filters: Any) -> list[str]:
    """The ids of Mia's matching jobs."""
    jobs = await store.find(JobFilter(**({"user_id": MIA, "guild_id": HERE, "text": text} | filters)), limit=99)
    return [job.id for job in jobs]


async def test_own_jobs_come_newest_first(store: JobStore) -> None:
    """A member's own jobs of a server, of direct messages or of all, newest first."""
    old = await record_job(store, "a fox", minutes=3)
    new = await record_job(store, "a crow", minutes=1)
    other_guild = await record_job(store, "a hare", minutes=2, guild_id=THERE)
    private = await record_job(store, "a mole", minutes=4, guild_id=None)
    await record_job(store, "a fox", user=MAX)
    assert await find_ids(store) == [new, old]
    assert await find_ids(store, guild_id=None) == [private]
    assert await find_ids(store, everywhere=True) == [new, other_guild, old, private]
    assert await find_ids(store, user_id=MAX + 1) == []


async def test_pages_follow_each_other(store: JobStore) -> None:
    """Limit and offset select a page, and the count is of all matches."""
    ids = [await record_job(store, "a fox", id=f"job-{number}") for number in range(5)]
    filter_ = JobFilter(user_id=MIA, guild_id=HERE)
    pages = [await store.find(filter_, limit=2, offset=start) for start in (0, 2, 4, 6)]
    assert [[job.id for job in page] for page in pages] == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]], []]
    assert await store.count(filter_) == 5
    assert await store.count(JobFilter(user_id=MIA, guild_id=THERE)) == 0


@pytest.mark.parametrize("text", ["fox", "RED  fox", "fox red", "ÄPFEL", "äpfel", "--ar 16:9", "  fox "])
async def test_every_word_must_be_in_the_prompt(store: JobStore, text: str) -> None:
    """Search words match in any order, case and alphabet, flags included."""
    filter_ = await record_job(store, "a Red fox with Äpfel --ar 16:9")
    await record_job(store, "a blue crow")
    assert await find_ids(store, text) == [filter_]


@pytest.mark.parametrize("text", ["%", "_", "100%", "a_b", "/", "\\", "50/", "C:\\"])
async def test_wildcards_match_literally(store: JobStore, text: str) -> None:
    """SQL wildcards in a search match literally."""
    filter_ = await record_job(store, f"before {text} after")
    await record_job(store, "plain words, aXb, 100 of them")
    assert await find_ids(store, text) == [filter_]


async def test_an_id_is_found_by_its_beginning(store: JobStore) -> None:
    """A job is found by the beginning of its id, with wildcards taken literally."""
    filter_ = await record_job(store, "a fox", id="aB_9-xyz")
    await record_job(store, "a crow", id="aBc9-xyz")
    assert await find_ids(store, "aB_9-xyz") == await find_ids(store, "aB_") == [filter_]
    assert await find_ids(store, "xyz") == []


async def test_unfinished_jobs(store: JobStore) -> None:
    """The filter for unfinished jobs includes all states before the end."""
    for number, state in enumerate(JobState):
        await rewritten(store, await record_job(store, "a fox", minutes=number, id=state.value), state=state)
    assert await find_ids(store, unfinished=True) == ["recorded", "waiting", "called", "submitting", "running"]


async def test_the_job_of_a_message(store: JobStore) -> None:
    """A message's newest job is found; other messages give None."""
    await record_job(store, "a fox", minutes=5, message_id=77)
    newest = await record_job(store, "a crow", message_id=77)
    await record_job(store, "a hare", message_id=78)
    job = await store.by_message(77)
    assert job is not None
    assert job.id == newest
    assert await store.by_message(79) is None


async def test_usage_counts_what_was_sent(store: JobStore) -> None:
    """Usage counts submitted jobs with and without a price, not queued ones."""
    sent = {"submitting_at": NOW, "submitted_at": NOW}
    await rewritten(store, await record_job(store, "a fox", cost_credits=10), **sent)  # type: ignore[arg-type]
    await rewritten(
        store, await record_job(store, "a fox", cost_credits=5), submitting_at=NOW, state=JobState.UNCONFIRMED
    )
    await rewritten(store, await record_job(store, "a fox", minutes=90), **sent)  # type: ignore[arg-type]
    await record_job(store, "a fox in line", cost_credits=10)
    await rewritten(store, await record_job(store, "a fox", cost_credits=99, guild_id=THERE), **sent)  # type: ignore[arg-type]
    await rewritten(store, await record_job(store, "a fox", cost_credits=99, user=MAX), **sent)  # type: ignore[arg-type]
    assert await store.usage(MIA, HERE) == Usage(jobs=3, credits=15, unpriced=1)
    assert await store.usage(MIA, HERE, NOW - timedelta(hours=1)) == Usage(jobs=2, credits=15, unpriced=0)
    assert await store.usage(MIA, None) == Usage(jobs=0, credits=0, unpriced=0)
    record, _ = await store.record(new_follow_up(reply=reply_address(guild_id=None), cost_credits=5))
    await rewritten(store, record.id, submitted_at=NOW)
    assert await store.usage(MIA, None) == Usage(jobs=1, credits=5, unpriced=0)


async def test_the_url_of_a_result_is_known(store: JobStore) -> None:
    """Letter for letter, of pictures, tiles and videos; nothing near it, above it or below it."""
    job = await record_job(store, "a fox")
    urls = [
        "http://api.lan/cdn/a.png",
        "http://api.lan/o/100%25_x.png",
        "http://api.lan/cdn/t-1.png",
        "http://api.lan/v.mp4",
    ]
    await rewritten(store, job, image_url=urls[0], original_url=urls[1], tiles=(urls[2],), videos=(urls[3],))
    assert [await store.has_result_at(url) for url in urls] == [True] * 4
    others = [
        *(url[:-1] for url in urls), *(f"{url}?x" for url in urls), *(url.upper() for url in urls),
        "", "http://api.lan/", "http://api.lan/cdn/t%1.png", "http://api.lan/cdn/t_1.png", '", "',
    ]  # fmt: skip
    assert [url for url in others if await store.has_result_at(url)] == []
