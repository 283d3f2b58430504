"""Batches: priced, stored for one member, confirmed once, and started even after crashes."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import UserError
from bot.services.jobs.batches import Batch, Batches, BatchResult
from bot.services.jobs.recording import Opened
from bot.services.jobs.service import Jobs
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt, expand_prompt
from bot.store import Database, JobRecord, JobState, ReplyTarget, WaitingLimits
from bot.store.db.schema import jobs
from tests.bot.records import reply_address
from tests.bot.services.await_points import AwaitPoints
from tests.bot.services.one_process import NO_WAITING_LIMITS, OneProcess, silence_passes, until
from tests.bot.services.scripted import Recorder, ScriptedApi
from tests.bot.services.workflows import Workflows
from tests.support.sampling import Sample

MIA, MAX = 100, 101


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """On both kinds of database."""
    return new_database()


class BatchRecorder(Recorder):
    """Begins each job as its follow-up message is shown. `refused` maps prompts that can't be shown to errors."""

    def __init__(self, refused: dict[str, Exception] | None = None) -> None:
        super().__init__()
        self.refused = refused or {}
        self.messages: list[str] = []
        self.results: list[BatchResult] = []
        self.reported = asyncio.Event()

    async def follow_up(self, job: JobRecord, jobs: Jobs) -> None:
        if job.words in self.refused:
            await jobs.drop(job, "Not shown.")
            raise self.refused[job.words]
        self.messages.append(job.words)
        await jobs.begin(job, channel_id=None, message_id=1000 + job.reply.part)

    async def report(self, reply: ReplyTarget, result: BatchResult) -> None:
        self.results.append(result)
        self.reported.set()


class Member:
    """A member with a batch, and what the processes share."""

    def __init__(
        self, database: Database, *typed: str, boost: bool = False, refused: dict[str, Exception] | None = None
    ) -> None:
        self.database, self.batch = database, Batch(prompts(*typed), boost)
        self.presenter, self.api, self.workflows = BatchRecorder(refused), ScriptedApi(), Workflows()
        self.reply = reply_address()
        self.answered = False

    def process(
        self,
        name: str = "0",
        await_points: AwaitPoints | None = None,
        *,
        reply: int | None = None,
        waiting_limits: WaitingLimits = NO_WAITING_LIMITS,
    ) -> OneProcess:
        return OneProcess(
            self.database,
            self.api,
            process=name,
            presenter=self.presenter,
            workflows=self.workflows,
            await_points=await_points,
            waiting_limits=waiting_limits,
            reply=reply,
        )

    async def confirm(self, batches: Batches) -> None:
        draft = await batches.keep(self.batch, MIA)
        async with batches.starting(draft, MIA, self.reply) as batch:
            assert batch == self.batch
            self.answered = True

    async def jobs(self, process: OneProcess) -> list[JobRecord]:
        """The batch's jobs, in order, after their delivery."""
        query = sa.select(jobs.c.id).where(jobs.c.interaction_id == self.reply.interaction_id)
        ids = await self.database.run(lambda connection: connection.execute(query).scalars().all())
        found = [row for each in ids if (row := await process.stored.get(each)) is not None]
        return sorted([await process.ended(job) for job in found], key=lambda job: job.reply.part)


def prompts(*typed: str) -> tuple[Prompt, ...]:
    """These prompts, parsed."""
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
    """It is unknown if the price of one job is."""
    assert Batch(prompts(*typed), boost).cost == cost


@pytest.mark.parametrize("boost", [False, True])
async def test_batch_comes_back_as_it_was(database: Database, boost: bool) -> None:
    """Alternatives, repeats, escaped braces, pictures and flags are kept, in order."""
    typed = "https://a.example/b.png a {red\\, blue, \\{odd\\}} fox --no {a, b} --seed 7"
    batch = Batch((*expand_prompt(typed, ImagineOptions()), *prompts("an owl", "an owl", "a cat —ar 2:3")), boost)
    assert len(batch.prompts) == 7
    member = Member(database)
    member.batch = batch
    async with member.process() as process:
        await member.confirm(process.batches)
        await member.presenter.reported.wait()
    assert member.presenter.messages == [prompt.text for prompt in batch.prompts]


async def test_batch_is_started_once_by_its_member(database: Database) -> None:
    """Another member's press is refused without effect, and so is a second one."""
    member = Member(database, "a fox")
    async with member.process() as process:
        draft = await process.batches.keep(member.batch, MIA)
        with pytest.raises(UserError, match="belongs to the member"):
            await start(process.batches, draft, MAX)
        await start(process.batches, draft, MIA)
        with pytest.raises(UserError, match="used already"):
            await start(process.batches, draft, MIA)
        await member.presenter.reported.wait()
    assert member.presenter.messages == ["a fox"]


async def test_one_of_concurrent_presses_starts_the_batch(database: Database) -> None:
    """The other presses get an error; each job exists once."""
    member = Member(database, "a fox", "an owl")
    async with member.process() as process:
        draft = await process.batches.keep(member.batch, MIA)
        presses = [start(process.batches, draft, MIA) for _ in range(5)]
        outcomes = await asyncio.gather(*presses, return_exceptions=True)
        await member.presenter.reported.wait()
    assert sorted(str(outcome) for outcome in outcomes) == ["None", *["This was used already."] * 4]
    assert member.presenter.messages == ["a fox", "an owl"]


async def test_dropped_batch_can_not_be_started(database: Database) -> None:
    """Nor can an unknown one."""
    member = Member(database, "a fox")
    async with member.process() as process:
        draft = await process.batches.keep(member.batch, MIA)
        await process.batches.drop(draft, MIA)
        with pytest.raises(UserError, match="used already"):
            await start(process.batches, draft, MIA)
        with pytest.raises(UserError, match="too old"):
            await start(process.batches, "nothing", MIA)
    assert member.presenter.messages == []


async def test_each_prompt_becomes_a_job_at_its_reply(database: Database) -> None:
    """Jobs are shown in order, with their price and the requested boost."""
    member = Member(database, "a fox --ar 3:2", "an owl", boost=True)
    async with member.process() as process:
        await member.confirm(process.batches)
        await member.presenter.reported.wait()
        ended = await member.jobs(process)
    assert member.presenter.results == [BatchResult(2, 2)]
    assert [(job.prompt, job.reply.part) for job in ended] == [("a fox --ar 3:2", 1), ("an owl", 2)]
    assert [(job.details, job.cost_credits) for job in ended] == [({"boost": True}, None)] * 2


@pytest.mark.parametrize(("error", "level"), [(UserError("Not here."), "WARNING"), (RuntimeError("broken"), "ERROR")])
async def test_job_that_can_not_be_shown_does_not_stop_the_others(
    database: Database, error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are started, the result has their number, and the log has the reason."""
    member = Member(database, "a fox", "an owl", "a cat", refused={"an owl": error})
    async with member.process() as process:
        await member.confirm(process.batches)
        await member.presenter.reported.wait()
    assert (member.presenter.messages, member.presenter.results) == (["a fox", "a cat"], [BatchResult(2, 3)])
    [line] = [record for record in caplog.records if record.name == "bot.services.jobs.batches"]
    assert line.levelname == level


async def test_nothing_starts_when_the_press_can_not_be_answered(database: Database) -> None:
    """No job is started, and the batch can be confirmed again."""
    member = Member(database, "a fox")
    async with member.process() as process:
        draft = await process.batches.keep(member.batch, MIA)
        with pytest.raises(RuntimeError, match="Discord"):
            async with process.batches.starting(draft, MIA, member.reply):
                raise RuntimeError("Discord is on fire")
        await all_workflows(process)
        assert await process.stored.unfinished() == []
        assert member.presenter.messages == []
        await start(process.batches, draft, MIA)
        await until(lambda: _were_sent(member, 1))
    assert member.presenter.messages == ["a fox"]


async def test_batch_that_the_queue_has_no_room_for_is_not_used(database: Database) -> None:
    """It is used by the first job that is recorded; the others may find no room."""
    member = Member(database, "a fox", "an owl")
    async with member.process(waiting_limits=WaitingLimits(of_member=1, of_guild=9)) as process:
        await process.key_store.pause("main", 200)
        waiting = (await process.jobs.imagine(prompts("a cat")[0], reply_address())).job
        draft = await process.batches.keep(member.batch, MIA)
        with pytest.raises(UserError, match="You have 1 jobs waiting"):
            await start(process.batches, draft, MIA)
        await all_workflows(process)
        assert await process.parts.drafts.look("batch", draft, MIA)
        await process.jobs.drop(waiting, "Not shown.")
        await start(process.batches, draft, MIA)
        await member.presenter.reported.wait()
        assert member.presenter.messages == ["a fox"]
        [result] = member.presenter.results
        assert (result.count, result.total) == (1, 2)
        assert "jobs waiting" in str(result.refusal)


async def test_batch_whose_press_was_never_answered_can_be_confirmed_again(database: Database) -> None:
    """The process died before the answer, so Discord takes no follow-up messages; the question still shows Confirm."""
    member = Member(database, "a fox", "an owl", refused={name: UserError("Unknown.") for name in ("a fox", "an owl")})
    others = asyncio.all_tasks()
    process = member.process()
    await process.__aenter__()
    draft = await process.batches.keep(member.batch, MIA)

    async def press() -> None:
        async with process.batches.starting(draft, MIA, member.reply):
            await asyncio.Event().wait()

    pressing = asyncio.create_task(press())
    await until(lambda: _has_jobs(process))
    await _kill(database, others)
    assert pressing.cancelled()
    await silence_passes(database)
    async with member.process() as after:
        await member.presenter.reported.wait()
        await all_workflows(after)
        assert (member.presenter.results, await after.stored.unfinished()) == ([BatchResult(0, 2)], [])
        member.presenter.refused.clear()
        await start(after.batches, draft, MIA)
        await until(lambda: _were_sent(member, 2))
    assert member.presenter.messages == ["a fox", "an owl"]


async def _were_sent(member: Member, count: int) -> bool:
    return len(member.api.accepted) == count


async def _has_jobs(process: OneProcess) -> bool:
    return bool(await process.stored.unfinished())


async def test_resumed_batch_goes_on_with_the_message_that_was_sent(database: Database) -> None:
    """A message that was sent shortly before the process died is found, and no second one is sent."""
    member = Member(database, "a fox")
    async with member.process() as process:
        draft = await process.batches.keep(member.batch, MIA)
        follow_up = member.presenter.follow_up
        killed = asyncio.Event()

        async def sent_and_killed(job: JobRecord, _: Jobs) -> None:
            killed.set()
            await asyncio.Event().wait()

        member.presenter.follow_up = sent_and_killed  # pyright: ignore[reportAttributeAccessIssue]
        await start(process.batches, draft, MIA, member.reply)
        await killed.wait()
    member.presenter.follow_up = follow_up  # pyright: ignore[reportAttributeAccessIssue]
    async with member.process(reply=77) as after:
        await member.presenter.reported.wait()
        [job] = await member.jobs(after)
    assert (job.reply.message_id, member.presenter.messages) == (77, [])


async def test_a_cancelled_press_starts_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A press that is cancelled while its batch is claimed starts no job, and its workflow ends well."""
    member = Member(database, "a fox")
    reached, released = asyncio.Event(), asyncio.Event()
    async with member.process() as process:
        imagine = process.jobs.imagine

        async def held(*arguments: Any, **named: Any) -> Opened:
            reached.set()
            await released.wait()
            return await imagine(*arguments, **named)

        failures, work = list[Exception](), process.parts.engine._works["batch"]

        async def watched(*arguments: Any) -> None:
            try:
                await work(*arguments)
            except Exception as error:
                failures.append(error)

        process.parts.engine.register("batch", watched)
        monkeypatch.setattr(process.jobs, "imagine", held)
        press = asyncio.create_task(start(process.batches, await process.batches.keep(member.batch, MIA), MIA))
        await reached.wait()
        press.cancel()
        await asyncio.gather(press, return_exceptions=True)
        released.set()
        await all_workflows(process)
        assert not failures
        assert await process.stored.unfinished() == []
    assert [line for line in caplog.records if line.levelname == "ERROR"] == []
    assert member.presenter.messages == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
async def test_killed_between_confirm_and_the_last_reply(database: Database, successor: str, sample: Sample) -> None:
    """At every await point: no job is sent twice, and all are started if the press was answered."""
    for hold_at in sample.of(await _await_points(database)):
        member, await_points = Member(database, "a fox", "an owl"), AwaitPoints(hold_at)
        others = asyncio.all_tasks()
        running = asyncio.create_task(_confirmed(member.process("0", await_points), member))
        reached = asyncio.create_task(await_points.reached.wait())
        await asyncio.wait({running, reached}, return_when=asyncio.FIRST_COMPLETED)
        await_points.dead = True
        await _kill(database, others)
        await silence_passes(database)
        ended = await _finished(member, successor)
        sent = sorted(str(accepted.prompt) for accepted in member.api.accepted.values())
        assert sorted(set(sent)) == sent, await_points.held_at
        if member.answered:
            # If a job was being sent, it is unknown whether the API accepted it, and it is shown as unconfirmed.
            unknown = [job.prompt for job in ended if job.state is JobState.UNCONFIRMED]
            assert sorted(sent + unknown) == ["a fox", "an owl"], await_points.held_at


async def _await_points(database: Database) -> range:
    """The numbers of the await points of a batch that nobody interrupts."""
    member, await_points = Member(database, "a fox", "an owl"), AwaitPoints()
    process = member.process("0", await_points)
    await _confirmed(process, member)
    found = range(1, len(await_points.names) + 1)
    await process.__aexit__(None, None, None)
    await _finished(member, "0")
    assert len(found) > 10
    return found


async def _finished(member: Member, successor: str) -> list[JobRecord]:
    """The batch's jobs after the next process has done what was left."""
    async with member.process(successor) as after:
        if member.answered:
            await asyncio.wait_for(member.presenter.reported.wait(), 60)
        ended = await member.jobs(after)
        assert await after.stored.unfinished() == []
    # The next round's API gives the same ids again. Of a press that was not answered there may be more jobs by now.
    cleared = sa.update(jobs).values(remote_id=None, once_key=None)
    await member.database.run(lambda connection: connection.execute(cleared))
    return ended


async def start(batches: Batches, draft: str, user_id: int, reply: ReplyTarget | None = None) -> None:
    """Press Confirm, with an immediate answer."""
    async with batches.starting(draft, user_id, reply or reply_address()):
        pass


async def all_workflows(process: OneProcess) -> None:
    """Wait until no workflow of the process runs."""
    await asyncio.gather(*process.parts.engine._tasks)


async def _confirmed(process: OneProcess, member: Member) -> None:
    await process.__aenter__()
    await member.confirm(process.batches)
    await member.presenter.reported.wait()
    await member.jobs(process)


async def _kill(database: Database, others: set[Any]) -> None:
    """Kill the process: cancel its tasks after the transactions in flight."""
    while running := database._running:
        await asyncio.wait(running)
    tasks = asyncio.all_tasks() - others
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
