"""The base of all requests, and the job that a follow-up continues."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bot.imaginepro import ImagineProClient, JobOptions, Submission
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord, NewJob


class BaseRequest(BaseModel):
    """Base of all requests. The fields are what the API call needs besides the job's prompt."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    result: ClassVar[ResultKind] = ResultKind.PICTURE

    @property
    def name(self) -> str:
        """A short name of what is done; empty when the prompt is enough."""
        return ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The addresses of the pictures that are sent."""
        return ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences for the member about the prompt: what was added, and which flags may fail."""
        return ()

    def cost(self, job: NewJob) -> int | None:
        """The published price of the job in credits, or None."""
        return None

    def makes_video(self, job: NewJob) -> bool:
        """Whether the job is known to make a video before it has ended."""
        return self.result is ResultKind.VIDEO

    def hint(self, reason: str) -> str:
        """Advice for a failure with this reason from the API, as a sentence; empty when there is none."""
        return ""

    def check(self, job: NewJob) -> None:
        """Raise `LookupError` if the job lacks something without which it can't be sent."""

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        """Start the job at the API and return its id there. Raises `ImagineProError`."""
        raise NotImplementedError


def parent_of(job: NewJob) -> str:
    """The API's id of the job that this one continues. Raises LookupError when there is none."""
    if job.parent_remote_id is None:
        raise LookupError(f"job {job.id} is a follow-up without a parent")
    return job.parent_remote_id
