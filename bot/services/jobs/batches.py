"""Batches: several prompts of one member that are priced and confirmed together, and started as one job each.

A confirmed batch is a durable workflow: after a crash the next process starts the jobs that were not visible yet.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from pydantic import BaseModel, TypeAdapter

from bot.errors import UserError
from bot.services.cluster.workflows import WorkflowEngine
from bot.services.jobs.drafts import USED, Drafts
from bot.services.jobs.recording import ShuttingDown
from bot.services.jobs.service import Jobs
from bot.services.kinds import ImagineRequest
from bot.services.prompt import Composer, Prompt
from bot.store import DraftUse, JobRecord, JobState, ReplyTarget

log = logging.getLogger(__name__)

_PURPOSE = "batch"
_WORKFLOW = "batch"
_NOT_ANSWERED = "Discord did not take the answer to Confirm, so nothing was sent."
_REPLY: TypeAdapter[ReplyTarget] = TypeAdapter(ReplyTarget)


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompts, each for a separate job; `boost` requests faster processing for all of them."""

    prompts: tuple[Prompt, ...]
    boost: bool = False

    @property
    def cost(self) -> int | None:
        """The published price of all jobs together in credits, None if the price of any is not published."""
        order = ImagineRequest(boost=self.boost)
        prices = [order.price(prompt.mode) for prompt in self.prompts]
        known = [price for price in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many jobs of a batch were started; `refusal` is a sentence why one could not be recorded."""

    count: int
    total: int
    refusal: str | None = None


class BatchPresenter(Protocol):
    """Shows the jobs of a batch to the member."""

    async def follow_up(self, job: JobRecord, jobs: Jobs) -> None:
        """Show a new job as a follow-up message of its interaction, and begin it. Raises if that is impossible.

        A workflow of an earlier process may run before the bot has its services, hence `jobs`.
        """
        ...

    async def find(self, job: JobRecord) -> int | None:
        """The id of the message that an earlier process may have sent for this job, or None if there is none."""
        ...

    async def report(self, reply: ReplyTarget, result: BatchResult) -> None:
        """Show in the confirmation how many jobs were started. Never raises."""
        ...


class _StoredBatch(BaseModel):
    """A batch as JSON. `reply` is where Confirm was pressed. Checked prompts are unchanged when read back."""

    prompts: tuple[str, ...]
    notes: tuple[tuple[str, ...], ...] = ()
    boost: bool = False
    reply: dict[str, object] | None = None

    def batch(self, composer: Composer) -> Batch:
        """The batch, with the notes that its prompts had before they were stored. Raises `PromptError`."""
        notes = self.notes or ((),) * len(self.prompts)
        prompts = (
            replace(composer.composed(prompt), notes=each) for prompt, each in zip(self.prompts, notes, strict=True)
        )
        return Batch(tuple(prompts), self.boost)

    def target(self, part: int) -> ReplyTarget:
        """The reply of the prompt with this number, counted from 1."""
        return replace(_REPLY.validate_python(self.reply), part=part, message_id=None)


@dataclass(slots=True)
class _Press:
    """A press of Confirm in this process: whether it claimed the batch, and whether the interaction is answered."""

    stored: "_StoredBatch"
    claimed: "asyncio.Future[bool]"
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    failed: bool = False


class Batches:
    """Keeps batches until the member confirms them, and starts them. Create it before the engine is entered."""

    def __init__(
        self, engine: WorkflowEngine, jobs: Jobs, drafts: Drafts, presenter: BatchPresenter, composer: Composer
    ) -> None:
        self._composer = composer
        self._engine = engine
        self._jobs = jobs
        self._drafts = drafts
        self._presenter = presenter
        self._presses: dict[str, _Press] = {}
        engine.register(_WORKFLOW, self._start_jobs)

    async def keep(self, batch: Batch, user_id: int) -> str:
        """The id with which this member can start the batch: once, in any process, before it expires."""
        stored = _StoredBatch(
            prompts=tuple(prompt.full for prompt in batch.prompts),
            notes=tuple(prompt.notes for prompt in batch.prompts),
            boost=batch.boost,
        )
        return await self._drafts.keep(_PURPOSE, user_id, stored.model_dump(mode="json"))

    async def drop(self, draft_id: str, user_id: int) -> None:
        """Discard the batch. Raises `UserError` if it has expired, was used already or is another member's."""
        await self._drafts.take(_PURPOSE, draft_id, user_id)

    @asynccontextmanager
    async def starting(self, draft_id: str, user_id: int, reply: ReplyTarget) -> AsyncGenerator[Batch]:
        """The batch, claimed by the press that `reply` belongs to; its jobs start when the context exits normally.

        Answer the interaction inside the context, as the jobs' replies are follow-up messages of it. If that fails,
        nothing starts and the batch can be confirmed again.
        Raises `UserError` if the batch has expired, was used already or is another member's, and if not even its
        first job can be recorded: then it is not used.
        """
        stored = _StoredBatch.model_validate(await self._drafts.look(_PURPOSE, draft_id, user_id))
        stored = stored.model_copy(update={"reply": _REPLY.dump_python(reply, mode="json")})
        workflow_id, pressed_at = _workflow_id(draft_id, reply), datetime.now(UTC).isoformat()
        press = self._presses[workflow_id] = _Press(stored, asyncio.get_running_loop().create_future())
        try:
            started = await self._engine.start(_WORKFLOW, draft_id, workflow_id, pressed_at, workflow_id=workflow_id)
            _check(started=started, claimed=started and await press.claimed)
            yield stored.batch(self._composer)
        except BaseException:
            press.failed = True
            raise
        finally:
            press.answered.set()
            self._presses.pop(workflow_id, None)

    async def is_starting(self, job: JobRecord) -> bool:
        """Whether a running batch workflow will begin or drop this recorded job."""
        key = (job.once_key or "").split(":")
        if key[0] != _PURPOSE:
            return False
        workflow_id = _workflow_id(key[1], job.reply)
        # Without its draft, which is deleted after a while, the workflow can start nothing.
        return await self._drafts.exists(key[1]) and workflow_id in await self._engine.running([workflow_id])

    async def _start_jobs(self, draft_id: str, workflow_id: str, pressed_at: str) -> None:
        """The workflow. After a crash it runs again from the beginning, so each of its steps can be repeated."""
        press, used_at = self._presses.get(workflow_id), datetime.fromisoformat(pressed_at)
        if press is not None and not await self._claim(press, draft_id, used_at):
            return
        content = await self._drafts.claimed(draft_id, used_at)
        if content is None:
            # The process died before the claim, so Confirm can be pressed again, or the draft has expired since.
            return
        stored = _StoredBatch.model_validate(content)
        result = await self._start_each(stored, draft_id, resumed=press is None)
        await self._presenter.report(_REPLY.validate_python(stored.reply), result)
        if press is None and result.count == 0:
            # The press was never answered, so its question still shows Confirm.
            await self._drafts.release(draft_id, used_at, content)

    async def _claim(self, press: _Press, draft_id: str, used_at: datetime) -> bool:
        """Whether the press has claimed the batch, with the first of its jobs, and was answered."""
        content = press.stored.model_dump(mode="json")
        try:
            first = await self._open(
                press.stored, 1, draft_id, DraftUse(draft_id=draft_id, at=used_at, content=content)
            )
            # The first job of another press is not new.
            claimed = first.reply.interaction_id == press.stored.target(1).interaction_id
        except BaseException as error:
            if not press.claimed.done():
                press.claimed.set_exception(error if isinstance(error, Exception) else ShuttingDown())
            if isinstance(error, UserError):
                return False
            raise
        # A press that was cancelled waits for nothing any more, and counts as failed.
        if not press.claimed.done():
            press.claimed.set_result(claimed)
        await press.answered.wait()
        if claimed and press.failed:
            await self._jobs.drop(first, _NOT_ANSWERED)
            await self._drafts.release(draft_id, used_at, content)
        return claimed and not press.failed

    async def _open(self, stored: _StoredBatch, part: int, draft_id: str, draft: DraftUse | None = None) -> JobRecord:
        """The job of the prompt with this number, recorded now or by an earlier run of the workflow."""
        prompt, key = stored.batch(self._composer).prompts[part - 1], f"{_PURPOSE}:{draft_id}:{part}"
        target = stored.target(part)
        return (await self._jobs.imagine(prompt, target, boost=stored.boost, once_key=key, draft=draft)).job

    async def _start_each(self, stored: _StoredBatch, draft_id: str, *, resumed: bool) -> BatchResult:
        """Start one job for each prompt, in order. A job that can't be recorded or shown is not sent.

        `resumed` means that an earlier run of the workflow may have done a part of this.
        """
        count, refusal = 0, None
        for part in range(1, len(stored.prompts) + 1):
            try:
                job = await self._open(stored, part, draft_id)
            except ShuttingDown:
                # This task is about to be cancelled; the next process starts the rest.
                await asyncio.Event().wait()
            except UserError as error:
                refusal = error.text
                _log_refusal(stored.target(part), error)
            except Exception as error:
                _log_refusal(stored.target(part), error)
            else:
                count += await self._is_shown(job, resumed=resumed)
        return BatchResult(count, len(stored.prompts), refusal)

    async def _is_shown(self, job: JobRecord, *, resumed: bool) -> bool:
        if job.state is not JobState.RECORDED:
            # An earlier run of the workflow has already handled this job.
            return job.reply.message_id is not None
        try:
            message_id = await self._presenter.find(job) if resumed else None
            if message_id is not None:
                await self._jobs.begin(job, channel_id=None, message_id=message_id)
            else:
                await self._presenter.follow_up(job, self._jobs)
        except Exception as error:
            _log_refusal(job.reply, error)
            return False
        return True


def _check(*, started: bool, claimed: bool) -> None:
    if not started:
        raise ShuttingDown
    if not claimed:
        raise UserError(USED)


def _workflow_id(draft_id: str, reply: ReplyTarget) -> str:
    return f"{_PURPOSE}.{draft_id}.{reply.interaction_id}"


def _log_refusal(reply: ReplyTarget, error: Exception) -> None:
    log.log(
        logging.WARNING if isinstance(error, UserError) else logging.ERROR,
        "a job of a batch could not be started: %s",
        error,
        extra={"interaction": reply.interaction_id, "part": reply.part},
    )
