"""Searching: a job whose answer was lost is found by what the history says of it, or by its name."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError, ServerFault, Unreachable
from bot.services.lifecycle import reconcile as searching
from bot.services.lifecycle.reconcile import Reconciler, UnconfirmedSubmission
from bot.store import Database, JobKind, JobRecord, JobState, JobStore, NewJob
from bot.timings import Timings
from tests.bot.records import new_follow_up, new_job

HOUR = 3600.0


class Account(ImagineProClient):
    """An account whose history is this; `errors` are raised by the first looks."""

    def __init__(self, *items: HistoryItem, errors: Sequence[ImagineProError] = ()) -> None:
        self.items, self.errors, self.looks = list(items), list(errors), 0

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        self.looks += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.items[:size]


class NamingAccount(Account):
    """The API tells the job's name, "y", while its history is read."""

    def __init__(self, store: JobStore, job: JobRecord, *items: HistoryItem) -> None:
        super().__init__(*items)
        self._store, self._job = store, job

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        await self._store.claim(self._job.id, "y")
        return await super().history(page=page, size=size)


class ReadStore(JobStore):
    """Tells when a search has read its job and goes to rest."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.read = asyncio.Event()

    async def get(self, job_id: str) -> JobRecord | None:
        found = await super().get(job_id)
        self.read.set()
        return found


@pytest.fixture
def store(database: Database) -> ReadStore:
    return ReadStore(database)


def item(remote_id: str = "x", prompt: str | None = "a red fox", **fields: object) -> HistoryItem:
    """One picture of the history; `created_at` is in seconds from now."""
    if (seconds := fields.pop("created_at", None)) is not None:
        fields["created_at"] = datetime.now(UTC) + timedelta(seconds=float(str(seconds)))
    return HistoryItem.model_validate({"id": remote_id, "prompt": prompt} | fields)


async def lost(store: JobStore, job: NewJob | None = None) -> JobRecord:
    """A job that was sent, and never answered."""
    record, _ = await store.record(job or new_job(prompt="a red fox", words="a red fox"))
    return await store.update(record.id, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC))


async def find(store: JobStore, job: JobRecord, account: Account, looks: int = 3) -> JobRecord:
    return await Reconciler(store, pauses=(0.0,) * looks, webhooks=False).find(job, account)


async def name_found(store: JobStore, job: JobRecord, *items: HistoryItem) -> str | None:
    """The id under which the job was found, None when it was not."""
    with suppress(UnconfirmedSubmission):
        return (await find(store, job, Account(*items))).remote_id
    return None


async def test_a_job_that_is_found_is_running(store: JobStore) -> None:
    """Under the API's id, as it is in the store."""
    job = await lost(store)
    found = await find(store, job, account := Account(item()))
    assert (found.id, found.state, found.remote_id) == (job.id, JobState.RUNNING, "x")
    assert found == await store.get(job.id)
    assert account.looks == 1


async def test_what_is_not_there_is_left_to_the_member(store: JobStore) -> None:
    """After all looks; the record is as it was."""
    job, account = await lost(store), Account(item(prompt="a blue fox"))
    with pytest.raises(UnconfirmedSubmission, match=r"not in the account's history.* may still have cost credits"):
        await find(store, job, account)
    assert account.looks == 3
    assert await store.get(job.id) == job


async def test_a_history_that_cannot_be_read_is_asked_again(store: JobStore) -> None:
    """An error there is neither found nor not found."""
    account = Account(item(), errors=[ServerFault(status=500), Unreachable()])
    assert (await find(store, await lost(store), account)).remote_id == "x"


@pytest.mark.parametrize(
    ("listed", "fits"),
    [
        ({"prompt": "A red  FOX --ar 3:2"}, True),
        ({}, True),
        ({"prompt": "https://s.mj.run/x a red fox --v 7"}, True),
        ({"created_at": -60}, True),
        ({"created_at": -300}, False),
        ({"prompt": "a blue fox --ar 3:2"}, False),
        ({"button": "U1"}, False),
        ({"prompt": ""}, False),
        ({"prompt": None}, False),
    ],
)
async def test_what_may_be_the_job(store: JobStore, listed: dict[str, Any], fits: bool) -> None:
    """The words, the button and the time must fit; how the flags come back need not."""
    job = await lost(store, new_job(prompt="a red fox --ar 3:2", words="a red fox"))
    assert (await name_found(store, job, item(**listed)) is not None) is fits


async def test_the_very_prompt_is_preferred(store: JobStore) -> None:
    """A job with fewer words does not take the picture of one with more, though history has it first."""
    job = await lost(store)
    assert await name_found(store, job, item("longer", "a red fox in the snow"), item("same")) == "same"


async def test_the_oldest_of_equals_is_preferred(store: JobStore) -> None:
    """What was sent first was probably made first."""
    job = await lost(store)
    assert await name_found(store, job, item("new", created_at=9), item("old", created_at=5)) == "old"


async def test_the_button_tells_equal_words_apart(store: JobStore) -> None:
    """However its arrow is written: the history may leave out the selector behind it."""
    job = await lost(store, new_follow_up("⬅️", words="a red fox", prompt=""))
    listed = [item("plain"), item("other", button="U1"), item("pan", button="⬅", type="universal")]
    assert await name_found(store, job, *listed) == "pan"


async def test_what_another_job_has_is_not_taken(store: JobStore) -> None:
    """Though its words are the same."""
    other = await lost(store)
    await store.claim(other.id, "x")
    assert await name_found(store, await lost(store), item("x"), item("y")) == "y"


async def test_identical_prompts_find_different_jobs(store: JobStore) -> None:
    """Three searches see the same history at the same time: each gets one of the three jobs."""
    jobs = [await lost(store) for _ in range(3)]
    account = Account(item("x"), item("y"), item("z"))
    found = await asyncio.gather(*(find(store, job, account) for job in jobs))
    assert {job.remote_id for job in found} == {"x", "y", "z"}


@pytest.mark.parametrize(
    ("kind", "named", "fits"),
    [
        (JobKind.IMAGINE, "imagine", True),
        (JobKind.IMAGINE, "MJ_IMAGE", True),
        (JobKind.IMAGINE, None, True),
        (JobKind.IMAGINE, "flux-imagine", False),
        (JobKind.IMAGINE, "universal", False),
        (JobKind.IMAGINE, "z-image", False),
        (JobKind.IMAGINE, "video", False),
        (JobKind.FLUX, "flux/imagine", True),
        (JobKind.FLUX, "imagine", False),
        (JobKind.FLUX, None, False),
        (JobKind.EDIT, "Nano Banana", True),
        (JobKind.EDIT, "imagine", False),
        (JobKind.Z_IMAGE, "Z_IMAGE", True),
        (JobKind.VIDEO, "mj-video", True),
        (JobKind.VIDEO, "video-extend", False),
        (JobKind.EXTEND_VIDEO, "video_extension", True),
        (JobKind.EXTEND_VIDEO, "video", False),
    ],
)
async def test_the_same_words_of_another_kind_are_somebody_elses(
    store: JobStore, kind: JobKind, named: str | None, fits: bool
) -> None:
    """A fox by FLUX is not the fox by Midjourney that was never confirmed, nor the other way round."""
    job = await lost(store, new_job(kind=kind, prompt="a red fox", words="a red fox"))
    assert (await name_found(store, job, item(type=named)) is not None) is fits


def wordless() -> NewJob:
    return new_job(kind=JobKind.REMOVE_BACKGROUND, prompt="", words="", details={"image": "x"})


async def test_without_words_nobody_can_say(store: JobStore) -> None:
    """At once: there is nothing to wait for, and history is not asked."""
    account = Account(item())
    search = Reconciler(store, pauses=(HOUR,), webhooks=False)
    with pytest.raises(UnconfirmedSubmission, match="without words"):
        await search.find(await lost(store, wordless()), account)
    assert account.looks == 0


async def test_without_words_and_never_named(store: JobStore) -> None:
    """It is waited for as long as others are searched for; history could not tell it from others."""
    account = Account(item())
    search = Reconciler(store, pauses=(0.0,) * 3, webhooks=True)
    with pytest.raises(UnconfirmedSubmission, match="without words"):
        await search.find(await lost(store, wordless()), account)
    assert account.looks == 0


@pytest.mark.parametrize("job", [new_job(), wordless()], ids=["with words", "without words"])
async def test_a_name_that_comes_by_an_event_ends_the_search(store: ReadStore, job: NewJob) -> None:
    """The pause of an hour ends, and history is not asked; news of another job change nothing."""
    account, sent = Account(item()), await lost(store, job)
    search = Reconciler(store, pauses=(HOUR, HOUR), webhooks=True)
    finding = asyncio.create_task(search.find(sent, account))
    await store.read.wait()
    named = await store.claim(sent.id, "x")
    search.retry_now("another job")
    search.retry_now(sent.id)
    assert await asyncio.wait_for(finding, 60) == named
    assert account.looks == 0


async def test_a_name_that_came_before_the_search_ends_it(store: JobStore) -> None:
    """There is no news any more to wait for."""
    job = await lost(store)
    named = await store.claim(job.id, "x")
    search = Reconciler(store, pauses=(HOUR,), webhooks=True)
    assert await asyncio.wait_for(search.find(job, Account()), 60) == named


async def test_a_name_nobody_told_of_is_seen_at_the_next_look(store: JobStore) -> None:
    """Before the history is asked again: news may get lost."""
    job = await lost(store)
    account = NamingAccount(store, job)
    assert (await find(store, job, account)).remote_id == "y"
    assert account.looks == 1


async def test_a_name_that_comes_while_history_is_read_counts(store: JobStore) -> None:
    """The picture that was found there is left to whom it belongs."""
    job = await lost(store)
    assert (await find(store, job, NamingAccount(store, job, item("x")))).remote_id == "y"
    assert await store.claimed(["x"]) == set()


async def test_a_find_is_logged_with_the_job(store: JobStore, caplog: pytest.LogCaptureFixture) -> None:
    """One line for the history that could not be read, one for the find."""
    job = await lost(store)
    with caplog.at_level(logging.INFO, logger=searching.__name__):
        await find(store, job, Account(item(), errors=[Unreachable()]))
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [
        ("WARNING", job.id),
        ("INFO", job.id),
    ]


def test_the_usual_search_outlasts_a_job() -> None:
    """Three minutes: history may list a job only once it is done."""
    assert 120 <= sum(Timings().reconcile_pauses) <= 300
