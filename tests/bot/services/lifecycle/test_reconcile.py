"""Finding a job whose answer was lost: in the account's history, or by the id from a webhook."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError, ServerFault, Unreachable
from bot.services.lifecycle import reconcile
from bot.services.lifecycle.reconcile import Reconciler, UnconfirmedSubmission
from bot.store import Database, JobKind, JobRecord, JobState, JobStore, NewJob
from bot.timings import Timings
from tests.bot.records import new_follow_up, new_job, rewritten

HOUR = 3600.0


class Account(ImagineProClient):
    """An account with this history; the first reads raise `errors`."""

    def __init__(self, *items: HistoryItem, errors: Sequence[ImagineProError] = ()) -> None:
        self.items, self.errors, self.reads = list(items), list(errors), 0

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.items[:size]


class NamingAccount(Account):
    """An account where a webhook reports the job's id, "y", while the history is read."""

    def __init__(self, store: JobStore, job: JobRecord, *items: HistoryItem) -> None:
        super().__init__(*items)
        self._store, self._job = store, job

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        await self._store.claim(self._job.id, "y")
        return await super().history(page=page, size=size)


class ReadStore(JobStore):
    """Sets an event when a search has read its job and pauses."""

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
    """One item of the history; `created_at` is in seconds from now."""
    if (seconds := fields.pop("created_at", None)) is not None:
        fields["created_at"] = datetime.now(UTC) + timedelta(seconds=float(str(seconds)))
    return HistoryItem.model_validate({"id": remote_id, "prompt": prompt} | fields)


async def lost(store: JobStore, job: NewJob | None = None) -> JobRecord:
    """A job whose submission was never answered."""
    record, _ = await store.record(job or new_job(prompt="a red fox", words="a red fox"))
    return await rewritten(store, record.id, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC))


async def find(store: JobStore, job: JobRecord, account: Account, searches: int = 3) -> JobRecord:
    return await Reconciler(store, pauses=(0.0,) * searches, webhooks=False).find(job, account)


async def found_id(store: JobStore, job: JobRecord, *items: HistoryItem) -> str | None:
    """The id that was found for the job, None if there was none."""
    with suppress(UnconfirmedSubmission):
        return (await find(store, job, Account(*items))).remote_id
    return None


async def test_a_job_that_is_found_is_running(store: JobStore) -> None:
    """It has the API's id, also in the store."""
    job = await lost(store)
    found = await find(store, job, account := Account(item()))
    assert (found.id, found.state, found.remote_id) == (job.id, JobState.RUNNING, "x")
    assert found == await store.get(job.id)
    assert account.reads == 1


async def test_job_that_is_not_found_is_unconfirmed(store: JobStore) -> None:
    """After all searches it is unconfirmed; its record is unchanged."""
    job, account = await lost(store), Account(item(prompt="a blue fox"))
    with pytest.raises(UnconfirmedSubmission, match=r"not in the account's history.* may still have cost credits"):
        await find(store, job, account)
    assert account.reads == 3
    assert await store.get(job.id) == job


async def test_failed_read_of_the_history_is_retried(store: JobStore) -> None:
    """Errors of the history are not a result; the search goes on."""
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
async def test_matching_items(store: JobStore, listed: dict[str, Any], fits: bool) -> None:
    """The words, the button and the time must match; the flags need not."""
    job = await lost(store, new_job(prompt="a red fox --ar 3:2", words="a red fox"))
    assert (await found_id(store, job, item(**listed)) is not None) is fits


async def test_exact_prompt_is_preferred(store: JobStore) -> None:
    """An exact match is preferred over an earlier item with more words."""
    job = await lost(store)
    assert await found_id(store, job, item("longer", "a red fox in the snow"), item("same")) == "same"


async def test_the_oldest_of_equals_is_preferred(store: JobStore) -> None:
    """Of equal items the oldest is most likely the job."""
    job = await lost(store)
    assert await found_id(store, job, item("new", created_at=9), item("old", created_at=5)) == "old"


async def test_button_distinguishes_equal_words(store: JobStore) -> None:
    """The history may omit the variation selector of an arrow's emoji."""
    job = await lost(store, new_follow_up("⬅️", words="a red fox", prompt=""))
    listed = [item("plain"), item("other", button="U1"), item("pan", button="⬅", type="universal")]
    assert await found_id(store, job, *listed) == "pan"


async def test_id_of_another_job_is_skipped(store: JobStore) -> None:
    """An item of another job with the same words is skipped."""
    other = await lost(store)
    await store.claim(other.id, "x")
    assert await found_id(store, await lost(store), item("x"), item("y")) == "y"


async def test_identical_prompts_find_different_jobs(store: JobStore) -> None:
    """Three concurrent searches in the same history find one job each."""
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
async def test_item_of_another_kind_does_not_match(
    store: JobStore, kind: JobKind, named: str | None, fits: bool
) -> None:
    """An item of another model is not the job, though the words are the same."""
    job = await lost(store, new_job(kind=kind, prompt="a red fox", words="a red fox"))
    assert (await found_id(store, job, item(type=named)) is not None) is fits


def wordless() -> NewJob:
    return new_job(kind=JobKind.REMOVE_BACKGROUND, prompt="", words="", details={"image": "x"})


async def test_job_without_words_is_unconfirmed(store: JobStore) -> None:
    """Without webhooks the search ends at once, and the history is not read."""
    account = Account(item())
    search = Reconciler(store, pauses=(HOUR,), webhooks=False)
    with pytest.raises(UnconfirmedSubmission, match="without words"):
        await search.find(await lost(store, wordless()), account)
    assert account.reads == 0


async def test_job_without_words_and_without_a_webhook(store: JobStore) -> None:
    """With webhooks it waits as long as usual, but does not read the history, which can't identify the job."""
    account = Account(item())
    search = Reconciler(store, pauses=(0.0,) * 3, webhooks=True)
    with pytest.raises(UnconfirmedSubmission, match="without words"):
        await search.find(await lost(store, wordless()), account)
    assert account.reads == 0


@pytest.mark.parametrize("job", [new_job(), wordless()], ids=["with words", "without words"])
async def test_id_from_a_webhook_ends_the_search(store: ReadStore, job: NewJob) -> None:
    """The pause of an hour ends, and the history is not read; an event of another job has no effect."""
    account, sent = Account(item()), await lost(store, job)
    search = Reconciler(store, pauses=(HOUR, HOUR), webhooks=True)
    finding = asyncio.create_task(search.find(sent, account))
    await store.read.wait()
    named = await store.claim(sent.id, "x")
    search.retry_now("another job")
    search.retry_now(sent.id)
    assert await asyncio.wait_for(finding, 60) == named
    assert account.reads == 0


async def test_id_recorded_before_the_search(store: JobStore) -> None:
    """The search returns at once."""
    job = await lost(store)
    named = await store.claim(job.id, "x")
    search = Reconciler(store, pauses=(HOUR,), webhooks=True)
    assert await asyncio.wait_for(search.find(job, Account()), 60) == named


async def test_id_recorded_without_an_event(store: JobStore) -> None:
    """An id that was recorded without an event is found before the next read of the history."""
    job = await lost(store)
    account = NamingAccount(store, job)
    assert (await find(store, job, account)).remote_id == "y"
    assert account.reads == 1


async def test_id_recorded_while_the_history_is_read(store: JobStore) -> None:
    """The matching item of the history is not claimed."""
    job = await lost(store)
    assert (await find(store, job, NamingAccount(store, job, item("x")))).remote_id == "y"
    assert await store.claimed(["x"]) == set()


async def test_found_job_is_logged(store: JobStore, caplog: pytest.LogCaptureFixture) -> None:
    """One line for the failed read of the history, one for the job that was found."""
    job = await lost(store)
    with caplog.at_level(logging.INFO, logger=reconcile.__name__):
        await find(store, job, Account(item(), errors=[Unreachable()]))
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [
        ("WARNING", job.id),
        ("INFO", job.id),
    ]


def test_default_search_outlasts_a_job() -> None:
    """Three minutes, as the history may list a job only once it is done."""
    assert 120 <= sum(Timings().reconcile_pauses) <= 300
