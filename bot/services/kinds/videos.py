"""The requests for videos by Midjourney."""

from typing import ClassVar, Literal

from pydantic import Field

from bot.imaginepro import ImagineProClient, JobOptions, Submission
from bot.services import prices
from bot.services.kinds.base import BaseRequest, parent_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobKind, JobRecord, NewJob


class VideoRequest(BaseRequest):
    """A video from one picture to another."""

    kind: Literal[JobKind.VIDEO] = JobKind.VIDEO
    result: ClassVar[ResultKind] = ResultKind.VIDEO
    start: str
    end: str

    @property
    def name(self) -> str:
        return "Video"

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.start, self.end

    def cost(self, job: NewJob) -> int | None:
        return prices.VIDEO

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.video(self.start, self.end, job.prompt, **options)


class ExtendVideoRequest(BaseRequest):
    """A finished video made longer; `index` chooses one of its results, from 0."""

    kind: Literal[JobKind.EXTEND_VIDEO] = JobKind.EXTEND_VIDEO
    result: ClassVar[ResultKind] = ResultKind.VIDEO
    index: int = Field(default=0, ge=0)

    @property
    def name(self) -> str:
        return "Extended video"

    def check(self, job: NewJob) -> None:
        parent_of(job)

    async def send(self, api: ImagineProClient, job: JobRecord, options: JobOptions) -> Submission:
        return await api.extend_video(parent_of(job), self.index, **options)
