"""Everything one simulated service holds in memory, and what it does for its routes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from .faults import FaultBoard
from .jobs import follow_up_pictures
from .jobs.buttons import offered, offered_under_film
from .jobs.credits import Account
from .jobs.job import Job, JobsById, Status
from .jobs.linked_accounts import LinkedAccounts
from .jobs.picture_store import PictureStore
from .jobs.queue import JobQueue
from .jobs.rate_limits import Limits, RateLimiter
from .jobs.refusals.banned_words import BANNED
from .jobs.refusals.models import Model
from .jobs.response_bodies import record
from .jobs.uploaded_files import UploadedFiles
from .pictures.crafts import laid_in
from .pictures.inputs import InputPictures, NotAPicture
from .pictures.painting.colours import main_colours
from .request_log import LoggedRequest, WebhookDelivery

if TYPE_CHECKING:
    from .pictures.crafts.product import Recipe

# Percentage from which on an outage named in a prompt takes place.
OUTAGE_FROM = 31


class AccountService:
    """The state and the services of one account."""

    def __init__(
        self,
        *,
        key: str,
        speed: float,
        limits: Limits | None,
        concurrency: int,
        queue_size: int,
        credits: int,  # noqa: A002 - the API's own word
        side: int,
        webhook: str | None,
        model: Model | None = None,
    ) -> None:
        self.key, self.side, self.webhook, self.model = key, side, webhook, model
        self.url = ""
        self.account = Account(credits=credits)
        self.jobs = JobsById()
        self.linked = LinkedAccounts()
        self.uploads = UploadedFiles()
        self.banned = set(BANNED)
        self.request_log: list[LoggedRequest] = []
        self.deliveries: list[WebhookDelivery] = []
        self.limits = RateLimiter(limits)
        self.faults = FaultBoard(self.account)
        # Threads of its own: those of the loop end with the bot that runs on it, in the middle of a picture.
        self._threads = ThreadPoolExecutor(thread_name_prefix="painter")
        self.picture_store = PictureStore(self._threads)
        self.queue = JobQueue(
            speed=speed,
            concurrency=concurrency,
            size=queue_size,
            prepare=self._prepare,
            finish=self._finish,
            report=self._report,
        )
        self._outbox: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._background: set[asyncio.Task[None]] = set()

    async def open(self, url: str) -> None:
        """Learn the own address, which pictures are given out under."""
        self.url = url
        self._web = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    async def close(self) -> None:
        """Stop jobs, painters and webhooks."""
        await self.queue.close()
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.picture_store.close()
        await self._web.close()
        self._threads.shutdown(wait=False)

    def admit(self, job: Job) -> None:
        """Put a paid job in line and in the book."""
        self.queue.submit(job)
        self.jobs[job.id] = job

    def preview_live(self, job: Job, step: int) -> bool:
        """Previews are temporary: only the newest two of a running job exist."""
        return job.status is Status.PROCESSING and step > 0 and job.step - 1 <= step <= job.step

    async def _prepare(self, job: Job) -> None:
        if job.recipe is not None:
            await self._craft(job, job.recipe)
            return
        complaint = job.parsed.complaint(self.model)
        if complaint is not None:
            job.fail(complaint)
            return
        sources = (*job.parsed.images, *job.parsed.edited)
        if sources and job.button is None:
            try:
                pictures = await InputPictures(self._web, self._threads).pictures(sources)
            except NotAPicture as problem:
                job.fail(str(problem))
                return
            job.palette = tuple(colour for picture in pictures for colour in main_colours(picture))
            inlays = laid_in(pictures) if job.parsed.blends or job.parsed.edited else ()
            job.sheet = follow_up_pictures.imagined(job.parsed, job.seed, self.side, job.palette, inlays)
        self._spawn(self._warm(job))

    async def _craft(self, job: Job, recipe: Recipe) -> None:
        try:
            pictures = await InputPictures(self._web, self._threads).pictures(recipe.addresses)
            job.product = await asyncio.get_running_loop().run_in_executor(self._threads, recipe.make, pictures)
        except NotAPicture as problem:
            job.fail(str(problem))

    async def _warm(self, job: Job) -> None:
        await self.picture_store.result(job)

    async def _finish(self, job: Job) -> None:
        if job.product is not None:
            job.outcome = job.product.outcome(self.url, job.id)
            if job.button is not None:
                job.outcome["buttons"] = list(offered_under_film(job.button))
        else:
            await self._show(job)
        if job.direct:
            job.outcome = {name: value for name, value in job.outcome.items() if name not in {"uri", "images"}}
        job.move(Status.DONE, 100)

    async def _show(self, job: Job) -> None:
        await self.picture_store.result(job)
        base = f"{self.url}/cdn/{job.id}"
        job.outcome = {"originalUrl": f"{self.url}/cdn/original/{job.id}.png", "uri": f"{base}.png"}
        job.outcome["buttons"] = list(
            offered(
                grid=job.grid,
                upscaled=job.upscaled,
                square=job.sheet[0].view.square,
                older_model=job.parsed.older_model,
            )
        )
        if job.kind == "imagine":
            job.outcome["images"] = [f"{base}-{number}.png" for number in range(1, len(job.sheet) + 1)]

    def _report(self, job: Job) -> None:
        """Show the preview of this step, begin an outage that is due, and send the job's webhook."""
        if job.status is Status.PROCESSING and job.step > 0 and job.sheet and not job.direct:
            job.outcome["uri"] = f"{self.url}/cdn/preview/{job.id}_{job.step}.webp"
        self._begin_outages(job)
        url, times = job.webhook or self.webhook, _repeats(job)
        if url is None or times == 0:
            return
        if job.id not in self._outbox:
            self._outbox[job.id] = asyncio.Queue()
            self._spawn(self._post_all(url, self._outbox[job.id]))
        for _ in range(times):
            self._outbox[job.id].put_nowait(record(job))

    def _begin_outages(self, job: Job) -> None:
        """An outage named in a prompt begins in the middle of the job, once."""
        due = [chosen for chosen in job.chosen_faults if chosen.fault.outage and not chosen.later and chosen.times != 0]
        for chosen in due if job.progress >= OUTAGE_FROM else ():
            chosen.times = 0
            self.faults.begin_outage(chosen)

    async def _post_all(self, url: str, events: asyncio.Queue[dict[str, Any]]) -> None:
        """Sends one job's events in order; a receiver that does not answer does not stop the job."""
        while True:
            body = await events.get()
            status = None
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
                async with self._web.post(url, json=body) as reply:
                    status = reply.status
            self.deliveries.append(WebhookDelivery(url, body, status))
            if body.get("status") in {"DONE", "FAIL"} and events.empty():
                return

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def history(self) -> list[Job]:
        """Jobs with a picture of the last 24 hours, newest first."""
        return self.jobs.finished_since(time.time() - 86400)


def _repeats(job: Job) -> int:
    """How often each event of the job is sent to its webhook."""
    unusual = [fault.behaviour.webhooks for fault in job.faults if fault.behaviour.webhooks != 1]
    return unusual[0] if unusual else 1


SERVICE = web.AppKey("service", AccountService)
