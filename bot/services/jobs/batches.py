"""Several prompts of one member: counted and priced, confirmed once, started as one job each."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from bot.errors import UserError
from bot.services.jobs.drafts import Drafts
from bot.services.jobs.service import Jobs
from bot.services.kinds import ImagineRequest
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt
from bot.store import JobRecord, ReplyTarget

log = logging.getLogger(__name__)

_PURPOSE = "batch"


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompts, each for a job of its own; `boost` asks for quicker progress of all."""

    prompts: tuple[Prompt, ...]
    boost: bool = False

    @property
    def cost(self) -> int | None:
        """The published price of all jobs together in credits, None when that of any is not published."""
        order = ImagineRequest(boost=self.boost)
        prices = [order.price(prompt.mode) for prompt in self.prompts]
        known = [price for price in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many jobs of a batch were started; `refusal` is the sentence why one was not even written down."""

    count: int
    refusal: str | None = None


class _StoredBatch(BaseModel):
    """A batch as JSON; a prompt that was checked reads back as itself."""

    prompts: tuple[str, ...]
    boost: bool = False


Show = Callable[[JobRecord], Awaitable[None]]
"""Makes a new job visible and begins it. Raises `UserError` when that can't be done; then nothing is paid for it."""


class Batches:
    """Keeps batches until the member has decided, and starts them."""

    def __init__(self, jobs: Jobs, drafts: Drafts) -> None:
        self._jobs = jobs
        self._drafts = drafts

    async def keep(self, batch: Batch, user_id: int) -> str:
        """The id under which this member can take the batch once, soon, by whichever process."""
        kept = _StoredBatch(prompts=tuple(prompt.full for prompt in batch.prompts), boost=batch.boost)
        return await self._drafts.keep(_PURPOSE, user_id, kept.model_dump(mode="json"))

    async def take(self, draft_id: str, user_id: int) -> Batch:
        """The batch, for this caller alone. Raises `UserError` when it is too old, taken already or somebody else's."""
        kept = _StoredBatch.model_validate(await self._drafts.take(_PURPOSE, draft_id, user_id))
        return Batch(tuple(compose_prompt(prompt, ImagineOptions()) for prompt in kept.prompts), kept.boost)

    async def start(self, batch: Batch, replies: Sequence[ReplyTarget], show: Show) -> BatchResult:
        """How many jobs were started, one for each prompt, in order, each at its reply.

        One that can't be written down or shown is not paid for and does not keep the others.
        """
        count, refusal = 0, None
        for prompt, reply in zip(batch.prompts, replies, strict=True):
            try:
                opened = await self._jobs.imagine(prompt, reply, boost=batch.boost)
            except UserError as error:
                refusal = error.text
                _tell(reply, error)
            except Exception as error:
                _tell(reply, error)
            else:
                count += await _is_shown(opened.job, show)
        return BatchResult(count, refusal)


async def _is_shown(job: JobRecord, show: Show) -> bool:
    try:
        await show(job)
    except Exception as error:
        _tell(job.reply, error)
        return False
    return True


def _tell(reply: ReplyTarget, error: Exception) -> None:
    log.log(
        logging.WARNING if isinstance(error, UserError) else logging.ERROR,
        "a job of a batch could not be started: %s",
        error,
        extra={"interaction": reply.interaction_id, "part": reply.part},
    )
