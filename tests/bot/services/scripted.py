"""Scripted dependencies of the services: an API in memory, and a presenter that records its calls."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Unpack

from PIL import Image

from bot.imaginepro import (
    ContentBlock,
    HistoryItem,
    ImagineProClient,
    ImagineProError,
    Job,
    JobOptions,
    JobStatus,
    LinkedAccount,
    Picture,
    Priority,
    Submission,
    UnknownJob,
)
from bot.services.jobs.batches import BatchResult
from bot.services.jobs.service import Jobs
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import JobRecord, ReplyTarget

PICTURE = "https://cdn.imaginepro.ai/picture.png"


def png(side: int = 8) -> bytes:
    """A small picture."""
    target = BytesIO()
    Image.new("RGB", (side, side), "orange").save(target, "PNG")
    return target.getvalue()


def record(status: JobStatus = JobStatus.PROCESSING, **fields: Any) -> Job:
    """A job's record at the API."""
    return Job(message_id="remote", status=status, **fields)


def done(**fields: Any) -> Job:
    """The record of a finished job with a picture and two buttons."""
    return record(JobStatus.DONE, **({"percent": 100, "image_url": PICTURE, "buttons": ("U1", "V1")} | fields))


@dataclass
class Accepted:
    """A job that the API has accepted and charged for."""

    remote_id: str
    prompt: str | None = None
    parent: str | None = None
    button: str | None = None
    options: JobOptions = field(default_factory=JobOptions)
    fields: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def ref(self) -> str | None:
        """The bot's own id of the job."""
        return self.options.get("ref")


@dataclass
class ScriptedApi(ImagineProClient):
    """Accepts every job and finishes it at the second poll, unless these script other answers:

    `answers`: errors for the next submissions; with `lost` the job is created nevertheless. `reads`: the records for
    the next polls of any job; the last one is repeated. `held`: an event that submissions wait for after arriving.
    """

    accepted: dict[str, Accepted] = field(default_factory=dict)
    answers: deque[ImagineProError | None] = field(default_factory=deque)
    lost: bool = False
    reads: deque[Job | ImagineProError] = field(default_factory=lambda: deque([record(percent=50), done()]))
    cancels: deque[ImagineProError | None] = field(default_factory=deque)
    downloads: dict[str, bytes | ImagineProError] = field(default_factory=dict)
    history_errors: deque[ImagineProError | None] = field(default_factory=deque)
    hidden: int = 0
    held: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[str] = field(default_factory=list)
    button_in_history: Callable[[str | None], str | None] = lambda button: button

    async def imagine(self, prompt: str, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, prompt)

    async def boost_imagine(
        self, prompt: str, *, disable_cdn: bool = False, **options: Unpack[JobOptions]
    ) -> Submission:
        return await self._other(options, prompt, boost=True)

    async def press(
        self,
        message_id: str,
        button: str,
        *,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        given = {"mask": mask} if mask is not None else {}
        pressed = Accepted("", prompt=prompt, parent=message_id, button=button, options=options, fields=given)
        return await self._take(pressed)

    async def boost_press(
        self,
        message_id: str,
        button: str,
        *,
        disable_cdn: bool = False,
        prompt: str | None = None,
        mask: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        boosted = {"boost": True}
        pressed = Accepted("", prompt=prompt, parent=message_id, button=button, options=options, fields=boosted)
        return await self._take(pressed)

    async def describe(self, url: str, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, describe=url)

    async def faceswap(self, source: str, target: str, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, faceswap=(source, target))

    async def blend(self, urls: Sequence[str], **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, blend=tuple(urls))

    async def flux(
        self,
        prompt: str,
        *,
        count: int | None = None,
        width: int | None = None,
        height: int | None = None,
        aspect_ratio: str | None = None,
        output_format: str | None = None,
        output_quality: int | None = None,
        model: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Submission:
        size = aspect_ratio or (width, height)
        return await self._other(options, prompt, flux=(count, size, output_format, output_quality, model))

    async def flux_upscale(self, image: str, scale: float, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, upscale=(image, scale))

    async def remove_background(self, image: str, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, cut_out=image)

    async def edit(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        return await self._other(options, edit=tuple(contents), model=model)

    async def gemini(
        self, contents: Sequence[ContentBlock], *, model: str | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        return await self._other(options, gemini=tuple(contents), model=model)

    async def zimage(
        self, prompt: str, *, width: int | None = None, height: int | None = None, **options: Unpack[JobOptions]
    ) -> Submission:
        return await self._other(options, prompt, zimage=(width, height))

    async def video(self, start: str, end: str, prompt: str, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, prompt, video=(start, end))

    async def extend_video(self, message_id: str, index: int, **options: Unpack[JobOptions]) -> Submission:
        return await self._other(options, extend=(message_id, index))

    async def _other(self, options: JobOptions, prompt: str | None = None, **fields: Any) -> Submission:
        return await self._take(Accepted("", prompt=prompt, options=options, fields=fields))

    async def _take(self, job: Accepted) -> Submission:
        self.calls.append("submit")
        self.arrived.set()
        if self.held is not None:
            await self.held.wait()
        error = self.answers.popleft() if self.answers else None
        if error is None or self.lost:
            job.remote_id = f"remote-{len(self.accepted) + 1}"
            self.accepted[job.remote_id] = job
        if error is not None:
            raise error
        return Submission(message_id=job.remote_id)

    async def progress(self, message_id: str) -> Job:
        self.calls.append("progress")
        job = self.accepted.get(message_id)
        if job is None and not isinstance(self.reads[0], ImagineProError):
            raise UnknownJob(status=404)
        found = self.reads.popleft() if len(self.reads) > 1 else self.reads[0]
        if isinstance(found, ImagineProError):
            raise found
        if job is None:
            raise UnknownJob(status=404)
        if job.cancelled and not found.status.is_terminal:
            return record(JobStatus.FAILED, error="The job was cancelled.")
        return found.model_copy(update={"message_id": message_id, "ref": job.ref, "has_ref": True})

    async def video_progress(self, message_id: str) -> Job:
        self.calls.append("video_progress")
        found = (await self.progress(message_id)).model_dump()
        return Job.model_validate(found | {"video_url": found["image_url"]})

    async def history(
        self, *, page: int = 1, size: int = 10, priority: Priority = Priority.LOOKUP
    ) -> list[HistoryItem]:
        """All accepted jobs; the next `hidden` calls return none."""
        self.calls.append("history")
        if self.history_errors and (error := self.history_errors.popleft()):
            raise error
        if self.hidden > 0:
            self.hidden -= 1
            return []
        return [
            HistoryItem(
                message_id=job.remote_id,
                prompt=job.prompt or "a red fox",
                button=self.button_in_history(job.button),
                created_at=datetime.now(UTC),
            )
            for job in reversed(self.accepted.values())
        ]

    async def cancel(self, message_id: str) -> None:
        self.calls.append("cancel")
        error = self.cancels.popleft() if self.cancels else None
        if error is not None:
            raise error
        self.accepted[message_id].cancelled = True

    async def linked_accounts(self) -> list[LinkedAccount]:
        self.calls.append("linked_accounts")
        return []

    async def download(self, url: str, *, max_bytes: int) -> Picture:
        self.calls.append("download")
        found = self.downloads.get(url, png())
        if isinstance(found, ImagineProError):
            raise found
        return Picture(found, "image/png")


class Recorder:
    """A presenter that records what it was given.

    `held`: an event that deliveries wait for. `errors`: raised by the next deliveries. `reply`: the message id that
    `find` returns for each job.
    """

    def __init__(self) -> None:
        self.held: asyncio.Event | None = None
        self.progress: list[JobProgress] = []
        self.endings: list[JobEnding] = []
        self.errors: deque[Exception] = deque()
        self.reply: int | None = None
        self._changed = asyncio.Event()

    def show(self, progress: JobProgress) -> None:
        self.progress.append(progress)
        self._changed.set()

    def forget(self, job_id: str) -> None:
        """Do nothing."""

    async def deliver(self, ending: JobEnding) -> None:
        if self.errors:
            raise self.errors.popleft()
        if self.held is not None:
            await self.held.wait()
        self.endings.append(ending)
        self._changed.set()

    async def add_files(self, ending: JobEnding) -> None:
        if self.errors:
            raise self.errors.popleft()
        self.endings.append(ending)

    async def find(self, job: JobRecord) -> int | None:
        return self.reply

    async def follow_up(self, job: JobRecord, jobs: Jobs) -> None:
        raise NotImplementedError

    async def report(self, reply: ReplyTarget, result: BatchResult) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """Do nothing."""

    async def wait_for(self, condition: Callable[[JobProgress], bool]) -> JobProgress:
        """Wait for progress that fulfils the condition; returns the newest."""
        async with asyncio.timeout(60):
            while not (found := [progress for progress in self.progress if condition(progress)]):
                self._changed.clear()
                await self._changed.wait()
        return found[-1]

    async def phase(self, phase: JobPhase) -> JobProgress:
        """Wait for progress in this phase; returns the newest."""
        return await self.wait_for(lambda progress: progress.phase is phase)

    @property
    def ending(self) -> JobEnding:
        """The only delivered ending."""
        assert len(self.endings) == 1, self.endings
        return self.endings[0]
