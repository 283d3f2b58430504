"""Several jobs after one decision: priced, kept for one member, started one by one."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.errors import UserError
from bot.services.cluster.pubsub import LocalPubSub
from bot.services.jobs.batches import Batch, Batches, BatchResult
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.service import Jobs
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt, expand_prompt
from bot.store import Database, DraftStore, JobRecord, JobStore, WaitingLimits
from tests.bot.records import reply_address
from tests.bot.services.signed_urls import addresses

MIA, MAX = 100, 101
NO_LIFE: Any = None
"""Nothing is begun here: that is the affair of whoever shows a job."""


@pytest.fixture
def store(database: Database) -> JobStore:
    """The jobs in it."""
    return JobStore(database)


@pytest.fixture
def batches(database: Database, store: JobStore) -> Batches:
    """The service under test."""
    jobs = Jobs(
        store,
        NO_LIFE,
        LocalPubSub(),
        "0",
        attachment_urls=addresses(),
        limits=WaitingLimits(of_member=100, of_guild=100),
    )
    return Batches(jobs, Drafts(DraftStore(database)))


def prompts(*typed: str) -> tuple[Prompt, ...]:
    """These prompts, checked."""
    return tuple(compose_prompt(each, ImagineOptions()) for each in typed)


@pytest.mark.parametrize(
    ("typed", "boost", "cost"),
    [
        (["a fox"], False, 10),
        (["a fox", "an owl", "a cat", "a dog"], False, 40),
        (["a fox", "an owl --relax"], False, 15),
        (["a fox", "an owl --turbo"], False, None),
        (["a fox"], True, None),
    ],
)
def test_price_is_the_sum_of_what_is_published(typed: Sequence[str], boost: bool, cost: int | None) -> None:
    """One unknown price makes the whole unknown."""
    assert Batch(prompts(*typed), boost).cost == cost


@pytest.mark.parametrize("boost", [False, True])
async def test_batch_comes_back_as_it_was(batches: Batches, boost: bool) -> None:
    """Alternatives, repeats, escaped braces, pictures and flags survive, in their order."""
    typed = "https://a.example/b.png a {red\\, blue, \\{odd\\}} fox --no {a, b} --seed 7"
    batch = Batch((*expand_prompt(typed, ImagineOptions()), *prompts("an owl", "an owl", "a cat —ar 2:3")), boost)
    assert len(batch.prompts) == 7
    assert await batches.take(await batches.keep(batch, MIA), MIA) == batch


async def test_batch_is_taken_once_by_its_member(batches: Batches) -> None:
    """Somebody else gets a sentence and spoils nothing; the second time there is one as well."""
    draft = await batches.keep(Batch(prompts("a fox")), MIA)
    with pytest.raises(UserError, match="belongs to the member"):
        await batches.take(draft, MAX)
    await batches.take(draft, MIA)
    with pytest.raises(UserError, match="used already"):
        await batches.take(draft, MIA)


async def test_unknown_batch_is_told(batches: Batches) -> None:
    """An id that nobody kept, as after a day."""
    with pytest.raises(UserError, match="too old"):
        await batches.take("nothing", MIA)


async def test_each_prompt_becomes_a_job_at_its_reply(batches: Batches) -> None:
    """Jobs are shown in order; all have a price, and the boost that was asked for."""
    shown: list[JobRecord] = []

    async def show(job: JobRecord) -> None:
        shown.append(job)

    replies = [reply_address(interaction_id=1, part=part) for part in (1, 2)]
    started = await batches.start(Batch(prompts("a fox --ar 3:2", "an owl"), boost=True), replies, show)
    assert started == BatchResult(2)
    assert [(job.prompt, job.reply.part) for job in shown] == [("a fox --ar 3:2", 1), ("an owl", 2)]
    assert [(job.details, job.cost_credits) for job in shown] == [({"boost": True}, None)] * 2


@pytest.mark.parametrize(("error", "level"), [(UserError("Not here."), "WARNING"), (RuntimeError("broken"), "ERROR")])
async def test_job_that_can_not_be_shown_does_not_keep_the_others(
    batches: Batches, error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest is started, the number says how many, and the log says why."""
    shown: list[str] = []

    async def show(job: JobRecord) -> None:
        if job.words == "an owl":
            raise error
        shown.append(job.words)

    replies = [reply_address(interaction_id=2, part=part) for part in (1, 2, 3)]
    assert await batches.start(Batch(prompts("a fox", "an owl", "a cat")), replies, show) == BatchResult(2)
    assert shown == ["a fox", "a cat"]
    [line] = [record for record in caplog.records if record.name == "bot.services.jobs.batches"]
    assert line.levelname == level
