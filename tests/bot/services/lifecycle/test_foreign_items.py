"""Property: a search of the history never gives a job the image of another job, or of others who use the account."""

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.lifecycle.reconcile import Reconciler, UnconfirmedSubmission
from bot.store import Database, JobState, JobStore
from tests.bot.records import new_follow_up, new_job, rewritten
from tests.bot.services.lifecycle.histories import Account, item, lost
from tests.support.migrated import migrated_file

_PROMPTS = ("cat", "cat --ar 2:3", "a scatological museum --ar 2:3", "")
_NEVER_ARRIVED, _MADE, _ANSWERED = "never arrived", "made, and the answer is slow or lost", "made and answered"


@dataclass(frozen=True)
class Submission:
    """A job of the bot: whether the API made it, whether the history lists it already, and its state in the store."""

    prompt: str
    button: str | None
    fate: str
    is_listed: bool
    state: JobState


@dataclass(frozen=True)
class Stranger:
    """An item of the history that the bot did not ask for."""

    prompt: str
    button: str | None
    age: float


@dataclass(frozen=True)
class World:
    """What the API and the store know. Without `echoes` the API's records have no ref."""

    submissions: tuple[Submission, ...]
    strangers: tuple[Stranger, ...]
    echoes: bool
    order: int


def _submissions() -> st.SearchStrategy[Submission]:
    return st.builds(
        Submission,
        prompt=st.sampled_from(_PROMPTS),
        button=st.sampled_from([None, None, "U1"]),
        fate=st.sampled_from([_NEVER_ARRIVED, _MADE, _ANSWERED]),
        is_listed=st.booleans(),
        state=st.sampled_from([JobState.SUBMITTING, JobState.SUBMITTING, JobState.UNCONFIRMED]),
    )


def _strangers(*, echoes: bool) -> st.SearchStrategy[Stranger]:
    """Without refs nothing tells an image of the same prompt and time from the job's own, so there is none."""
    prompts = _PROMPTS if echoes else ("CAT", "cat in a hat", "my cat --ar 2:3", "cat --ar 3:2", "")
    anywhere = st.builds(
        Stranger, prompt=st.sampled_from(prompts), button=st.sampled_from([None, "U1"]), age=st.floats(-600, 60)
    )
    long_ago = st.builds(Stranger, prompt=st.sampled_from(_PROMPTS), button=st.none(), age=st.floats(-900, -180))
    return anywhere | long_ago


@st.composite
def _worlds(draw: st.DrawFn) -> World:
    echoes = draw(st.booleans())
    return World(
        submissions=tuple(draw(st.lists(_submissions(), min_size=1, max_size=4))),
        strangers=tuple(draw(st.lists(_strangers(echoes=echoes), max_size=3))),
        echoes=echoes,
        order=draw(st.integers(0, 1000)),
    )


@given(_worlds())
@settings(max_examples=80)
def test_foreign_items_are_never_claimed(world: World) -> None:
    """Over random histories and submissions: a job gets its own image or none, and with refs it gets its own."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_check(world, migrated_file(Path(folder))))


async def _check(world: World, url: str) -> None:
    async with Database(url) as database:
        store = JobStore(database)
        jobs = [await _sent(store, submission) for submission in world.submissions]
        listed = list(zip(jobs, world.submissions, strict=True))
        own = {
            f"own-{job_id}": (submission, job_id) for job_id, submission in listed if submission.fate != _NEVER_ARRIVED
        }
        items = [
            item(remote_id, submission.prompt, button=submission.button, created_at=0)
            for remote_id, (submission, _) in own.items()
            if submission.is_listed
        ]
        for number, stranger in enumerate(world.strangers):
            items.append(item(f"stranger-{number}", stranger.prompt, button=stranger.button, created_at=stranger.age))
        turn = world.order % max(1, len(items))
        refs = {remote_id: job_id for remote_id, (_, job_id) in own.items()}
        account = Account(*items[turn:], *items[:turn], refs=refs, echoes=world.echoes)
        search = Reconciler(store, pauses=(0.0,) * 2)
        await asyncio.gather(*(_search(store, search, job_id, account) for job_id in jobs))
        for job_id, submission in listed:
            job = await store.get(job_id)
            assert job is not None
            assert job.remote_id in (None, f"own-{job_id}"), (job.remote_id, world)
            if world.echoes and submission.is_listed and submission.fate == _MADE:
                found = job.remote_id is not None
                assert found is (submission.state is JobState.SUBMITTING), world


async def _sent(store: JobStore, submission: Submission) -> str:
    fields = {"prompt": submission.prompt, "words": submission.prompt}
    job = await lost(store, new_follow_up(submission.button, **fields) if submission.button else new_job(**fields))
    if submission.fate == _ANSWERED:
        await rewritten(store, job.id, state=JobState.RUNNING, remote_id=f"own-{job.id}")
    else:
        await rewritten(store, job.id, state=submission.state)
    return job.id


async def _search(store: JobStore, search: Reconciler, job_id: str, account: Account) -> None:
    job = await store.get(job_id)
    if job is not None and job.state is JobState.SUBMITTING:
        with suppress(UnconfirmedSubmission):
            await search.find(job, account)
