"""Finding a job whose answer was lost: in the account's history, or by the id from a webhook."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import pytest

from bot.imaginepro import HistoryItem, Priority, ServerFault, Unreachable
from bot.services.lifecycle import reconcile
from bot.services.lifecycle.reconcile import Reconciler, UnconfirmedSubmission
from bot.store import Database, JobKind, JobRecord, JobState, JobStore, NewJob
from bot.timings import Timings
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.lifecycle.histories import Account, item, lost

HOUR = 3600.0


class NamingAccount(Account):
    """An account where a webhook reports the job's id, "y", while the history is read."""

    def __init__(self, store: JobStore, job: JobRecord, *items: HistoryItem) -> None:
        super().__init__(*items, refs={item.message_id: job.id for item in items})
        self._store, self._job = store, job

    async def history(
        self, *, page: int = 1, size: int = 10, priority: Priority = Priority.LOOKUP
    ) -> list[HistoryItem]:
        await self._store.claim(self._job.id, "y")
        return await super().history(page=page, size=size, priority=priority)


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


async def find(store: JobStore, job: JobRecord, *accounts: Account, searches: int = 3) -> JobRecord:
    return await Reconciler(store, pauses=(0.0,) * searches).find(job, *accounts)


async def found_id(store: JobStore, job: JobRecord, *accounts: Account) -> str | None:
    """The id that was found for the job, None if there was none."""
    with suppress(UnconfirmedSubmission):
        return (await find(store, job, *accounts)).remote_id
    return None


async def test_a_job_that_is_found_is_running(store: JobStore) -> None:
    """It has the API's id, also in the store."""
    job = await lost(store)
    account = Account(item("y"), item(), refs={"x": job.id})
    found = await find(store, job, account)
    assert (found.id, found.state, found.remote_id) == (job.id, JobState.RUNNING, "x")
    assert found == await store.get(job.id)
    assert account.reads == 1


async def test_job_that_is_not_found_is_unconfirmed(store: JobStore) -> None:
    """After all searches it is unconfirmed, which one sentence says; its record is unchanged."""
    job, account = await lost(store), Account(item(prompt="a blue fox"))
    with pytest.raises(
        UnconfirmedSubmission, match=r"^It may still have cost credits, .* press Submit again to [^.]*\.$"
    ):
        await find(store, job, account)
    assert account.reads == 3
    assert await store.get(job.id) == job


async def test_failed_read_of_the_history_is_retried(store: JobStore) -> None:
    """Errors of the history are not a result; the search goes on."""
    job = await lost(store)
    account = Account(item(), refs={"x": job.id}, errors=[ServerFault(status=500), Unreachable()])
    assert (await find(store, job, account)).remote_id == "x"


FOREIGN = [
    {},
    {"prompt": "a portrait of my daughter with a red fox"},
    {"prompt": "a red fox --ar 2:3"},
    {"type": "imagine"},
    {"button": "U1"},
]
"""Images that the account's owner made elsewhere."""


@pytest.mark.parametrize("listed", FOREIGN)
async def test_image_of_others_is_not_claimed(store: JobStore, listed: dict[str, Any]) -> None:
    """Not even one with the same prompt: its record says that it was submitted without the bot's name for the job."""
    job = await lost(store)
    assert await found_id(store, job, Account(item(created_at=0, **listed))) is None
    assert await found_id(store, job, Account(item(created_at=0, **listed), refs={"x": "another job"})) is None


@pytest.mark.parametrize(
    ("job", "listed"),
    [
        (new_job(prompt="a red fox --ar 3:2", words="a red fox"), {"prompt": "rewritten by the service"}),
        (new_job(kind=JobKind.REMOVE_BACKGROUND, prompt="", words="", details={"image": "x"}), {"prompt": None}),
        (new_follow_up("⬅️", words="a red fox"), {"button": "⬅", "type": "universal"}),
        (new_job(kind=JobKind.FLUX, prompt="a red fox", words="a red fox"), {"type": "imagine"}),
    ],
    ids=["rewritten", "without words", "button", "kind"],
)
async def test_record_that_names_the_job_is_proof(store: JobStore, job: NewJob, listed: dict[str, Any]) -> None:
    """No matter what else the history says."""
    sent = await lost(store, job)
    account = Account(item(**({"prompt": "x"} | listed)), refs={"x": sent.id})
    assert await found_id(store, sent, account) == "x"


async def test_equal_prompts_keep_their_own_images(store: JobStore) -> None:
    """Three concurrent searches in the same history find their own job each, whose record is read once."""
    jobs = [await lost(store) for _ in range(3)]
    account = Account(*map(item, "xyz"), refs=dict(zip("xyz", (job.id for job in jobs), strict=True)))
    search = Reconciler(store, pauses=(0.0,))
    found = await asyncio.gather(*(search.find(job, account) for job in jobs))
    assert [job.remote_id for job in found] == ["x", "y", "z"]
    assert sorted(account.read_records) == ["x", "y", "z"]


async def test_only_new_items_are_read(store: JobStore) -> None:
    """The records of items that are other jobs already, or older than the request, are not read."""
    other = await lost(store)
    await store.claim(other.id, "x")
    account = Account(item("x"), item("old", created_at=-3600), item("new", created_at=-60))
    assert await found_id(store, await lost(store), account) is None
    assert account.read_records == ["new"]


async def test_every_account_is_searched(store: JobStore) -> None:
    """For a job whose key was replaced: it may be in any of them, also if one can't be read."""
    job = await lost(store)
    broken = Account(errors=[ServerFault(status=500)] * 3)
    assert await found_id(store, job, Account(item()), broken, Account(item("y"), refs={"y": job.id})) == "y"


@pytest.mark.parametrize(
    ("listed", "fits"),
    [
        ({"prompt": "a red  fox --ar 3:2"}, True),
        ({"prompt": "a red fox"}, False),
        ({"prompt": "A RED FOX --ar 3:2"}, False),
        ({"prompt": "a red fox --ar 3:2 --v 7"}, False),
        ({"prompt": "https://s.mj.run/x a red fox --ar 3:2"}, False),
        ({"prompt": ""}, False),
        ({"prompt": None}, False),
        ({"created_at": -60}, True),
        ({"created_at": 60}, True),
        ({"created_at": -180}, False),
        ({"created_at": 600}, False),
        ({"created_at": None}, False),
        ({"button": "U1"}, False),
        ({"type": "mj-video"}, False),
    ],
)
async def test_matching_items_of_an_api_without_refs(store: JobStore, listed: dict[str, Any], fits: bool) -> None:
    """The whole prompt with its flags, the kind, the button and the time must match."""
    job = await lost(store, new_job(prompt="a red fox --ar 3:2", words="a red fox"))
    fields = {"prompt": "a red fox --ar 3:2", "created_at": 0} | listed
    assert (await found_id(store, job, Account(item(**fields), echoes=False)) is not None) is fits


async def test_several_equal_items_are_not_told_apart(store: JobStore) -> None:
    """Without refs none of them is claimed, nor while the record of one can't be read."""
    items = [item("x", created_at=0), item("y", created_at=0)]
    assert await found_id(store, await lost(store), Account(*items, echoes=False)) is None
    assert await found_id(store, await lost(store), Account(*items, echoes=False, unreadable="y")) is None


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.UNCONFIRMED, JobState.FAILED])
async def test_another_submission_without_an_answer(store: JobStore, state: JobState) -> None:
    """The item may be that of any job with an equal prompt whose answer is slow or lost; neither gets it."""
    job, other = await lost(store), await lost(store)
    await rewritten(store, other.id, state=state)
    account = Account(item(created_at=0), echoes=False)
    assert await found_id(store, job, account) is None
    await rewritten(store, other.id, remote_id="y")
    assert await found_id(store, job, account) == "x"


async def test_another_submission_with_another_prompt(store: JobStore) -> None:
    """It can't be the one that made the item."""
    await lost(store, new_job(prompt="a blue fox"))
    assert await found_id(store, await lost(store), Account(item(created_at=0), echoes=False)) == "x"


async def test_press_is_not_claimed_without_a_ref(store: JobStore) -> None:
    """The history does not say which image a button was pressed on."""
    job = await lost(store, new_follow_up("U1", words="a red fox", prompt="a red fox"))
    assert await found_id(store, job, Account(item(button="U1", created_at=0), echoes=False)) is None


def wordless() -> NewJob:
    return new_job(kind=JobKind.REMOVE_BACKGROUND, prompt="", words="", details={"image": "x"})


@pytest.mark.parametrize("job", [new_job(), wordless()], ids=["with words", "without words"])
async def test_id_from_a_webhook_ends_the_search(store: ReadStore, job: NewJob) -> None:
    """The pause of an hour ends, and the history is not read; an event of another job has no effect."""
    account, sent = Account(item()), await lost(store, job)
    search = Reconciler(store, pauses=(HOUR, HOUR))
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
    search = Reconciler(store, pauses=(HOUR,))
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
        await find(store, job, Account(item(), refs={"x": job.id}, errors=[Unreachable()]))
    assert [(line.levelname, line.__dict__["job"]) for line in caplog.records] == [
        ("WARNING", job.id),
        ("INFO", job.id),
    ]


def test_default_search_outlasts_a_job() -> None:
    """Three minutes, as the history may list a job only once it is done."""
    assert 120 <= sum(Timings().reconcile_pauses) <= 300
