"""What all orders have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bot.imaginepro import ImagineProClient, JobOptions, Submission
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord, NewJob


class BaseRequest(BaseModel):
    """Base of all orders; fields are what the API's call needs besides the job's prompt."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    result: ClassVar[ResultKind] = ResultKind.PICTURE

    @property
    def name(self) -> str:
        """What is done, in a word or two; empty where the prompt says it all."""
        return ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The addresses of the pictures it is made from."""
        return ()

    def cost(self, job: NewJob) -> int | None:
        """The published price of the job in credits, None where there is none."""
        return None

    def hint(self, reason: str) -> str:
        """What to do about a failure for which the API gives this reason, as a sentence; empty where nobody knows."""
        return ""

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        """The job just started at the API. Raises `ImagineProError`."""
        raise NotImplementedError


def parent_of(job: JobRecord) -> str:
    """The API's id of the job this one follows up. Raises LookupError when there is none."""
    if job.parent_remote_id is None:
        raise LookupError(f"job {job.id} is a follow-up without a parent")
    return job.parent_remote_id
