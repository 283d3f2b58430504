"""Getting a job accepted by the API exactly once, though the API knows no idempotency key."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import HistoryItem, ImagineProError, JobOptions, RequestRefused, Submission, UnknownJob
from bot.services.frames import Frame, Phase
from bot.services.hook_addresses import HookAddresses
from bot.services.line import Line
from bot.services.orders import OrderApi, order_of
from bot.services.prompt import clean_text
from bot.services.signals import LocalSignals, Signals, Topic
from bot.store import AlreadyClaimed, JobKind, JobRecord, JobState, JobStore

log = logging.getLogger(__name__)

SEARCH_PAUSES = (2.0, 5.0, 10.0, 15.0, 30.0, 30.0, 30.0, 60.0)
"""Seconds before each look into the account's history. Together they outlast an ordinary job, because history may
list a job only once its picture exists."""

# The two clocks may differ, and the far end's time may be the moment the job was accepted, not sent.
_CLOCK_SLACK = timedelta(minutes=2)
_HISTORY_PAGE = 50
_CONTINUATIONS = frozenset({JobKind.BUTTON, JobKind.EXTENSION})
"""Jobs that the API makes from one of its own, which it may have forgotten."""

# No page lists what history calls the kinds, only that it does. The first name that stands in its word counts.
_NAMES = {
    "flux": JobKind.FLUX,
    "zimage": JobKind.Z_IMAGE,
    "exten": JobKind.EXTENSION,
    "video": JobKind.VIDEO,
    "edit": JobKind.EDIT,
    "banana": JobKind.EDIT,
    "gemini": JobKind.EDIT,
    "universal": JobKind.EDIT,
    "describe": JobKind.DESCRIBE,
    "face": JobKind.FACE_SWAP,
    "blend": JobKind.BLEND,
    "remove": JobKind.CUT_OUT,
}


class Unclear(UserError):
    """Nobody can say whether the API took the job."""

    def __init__(self, searched: str) -> None:
        super().__init__(
            f"ImaginePro never confirmed this job, and {searched}. It may still have "
            "cost credits. Press Submit again if you want to send it once more."
        )


class SubmittingApi(OrderApi, Protocol):
    """The part of the API client that submitting needs."""

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        """The account's newest pictures."""
        ...


Show = Callable[[Frame], None]


class Submissions:
    """Sends jobs, one at a time. `timeout` is the number of seconds the API may spend on one.

    With `hooks` the API reports on each job, and may so name one whose answer was lost: `signals` tell when it has.
    """

    def __init__(
        self,
        store: JobStore,
        api: SubmittingApi,
        *,
        timeout: int,
        search_pauses: tuple[float, ...] = SEARCH_PAUSES,
        hooks: HookAddresses | None = None,
        signals: Signals | None = None,
    ) -> None:
        self._store = store
        self._api = api
        self._timeout = timeout
        self._search_pauses = search_pauses
        self._hooks = hooks
        self._searches: dict[str, asyncio.Event] = {}
        (signals or LocalSignals()).on(Topic.FOUND, self._named)
        self._line = Line()
        self._sending: set[asyncio.Task[JobRecord]] = set()
        self._sent: set[str] = set()

    async def submit(self, job: JobRecord, show: Show) -> JobRecord:
        """The job with the API's id. Raises `ImagineProError` when it was refused, `Unclear` when nobody can say.

        A job that was being sent when the bot died is searched for, never sent again.
        """
        if job.remote_id is not None:
            return job
        if job.state is JobState.SUBMITTING:
            return await self._search(job, show)
        try:
            accepted = await self._in_turn(job, show)
            return accepted or await self._search(job, show)
        finally:
            self._sent.discard(job.id)

    async def _in_turn(self, job: JobRecord, show: Show) -> JobRecord | None:
        """The accepted job, or None when nobody knows whether it was accepted."""
        async with self._line.turn(lambda place: show(Frame(job=job, phase=Phase.IN_LINE, place=place))):
            show(Frame(job=job, phase=Phase.SUBMITTING))
            self._sent.add(job.id)
            sending = asyncio.create_task(self._send(job))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
            try:
                # A shutdown must not cut a request in two: what was sent is also written down.
                return await asyncio.shield(sending)
            except AlreadyClaimed:
                # A search for another job of the same words took this one; the other one is there for us.
                log.warning("a job was claimed by the search for another", extra={"job": job.id})
            except ImagineProError as error:
                if not error.may_have_created:
                    raise
                log.warning("nobody knows whether a job was accepted: %s", error.text, extra={"job": job.id})
        return None

    def is_sent(self, job: JobRecord) -> bool:
        """Whether the job's request is under way or over, so that only the API can still stop it."""
        return job.id in self._sent or job.state is not JobState.RECORDED

    async def drain(self, seconds: float) -> None:
        """Wait until requests under way are answered and written down, `seconds` at most."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)

    async def _send(self, job: JobRecord) -> JobRecord:
        await self._store.update(job.id, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC))
        try:
            submission = await self._request(job)
        except ImagineProError as error:
            if not error.may_have_created:
                await self._store.update(job.id, state=JobState.RECORDED, submitting_at=None)
            raise
        return await self._accepted(job, submission.message_id)

    async def _request(self, job: JobRecord) -> Submission:
        webhook = self._hooks.address(job.id) if self._hooks is not None else None
        options = JobOptions(ref=job.id, webhook=webhook, timeout=self._timeout)
        try:
            return await order_of(job).send(self._api, job, options)
        except (UnknownJob, RequestRefused) as error:
            if job.kind not in _CONTINUATIONS:
                raise
            raise _too_old(error, job) from error

    async def _accepted(self, job: JobRecord, remote_id: str) -> JobRecord:
        return await self._store.update(
            job.id, state=JobState.RUNNING, remote_id=remote_id, submitted_at=datetime.now(UTC)
        )

    async def _search(self, job: JobRecord, show: Show) -> JobRecord:
        """The job with the id that it has at the API: history may hold it, or the API name it by itself."""
        # From here on no name is missed: it is in the record or comes as a signal.
        named = self._searches.setdefault(job.id, asyncio.Event())
        try:
            return await self._found_or_named(await self._current(job), named, show)
        finally:
            self._searches.pop(job.id, None)

    async def _found_or_named(self, job: JobRecord, named: asyncio.Event, show: Show) -> JobRecord:
        recognisable = _can_be_recognised(job)
        looks = self._search_pauses if recognisable or self._hooks is not None else ()
        if job.remote_id is None and looks:
            show(Frame(job=job, phase=Phase.SEARCHING))
        for pause in looks:
            if job.remote_id is not None:
                break
            await _sleep(pause, named)
            job = await self._current(job)
            if job.remote_id is None and recognisable:
                job = await self._looked_up(job)
        if job.remote_id is not None:
            return job
        if not recognisable:
            raise Unclear("without words it can't be told from others in the account's history")
        raise Unclear("it is not in the account's history")

    async def _looked_up(self, job: JobRecord) -> JobRecord:
        """The job, with its id if the account's history holds it."""
        for remote_id in await self._candidates(job):
            try:
                found = await self._store.claim(job.id, remote_id)
            except AlreadyClaimed:
                # Another job with the same prompt claimed it between the look and this moment.
                continue
            if found is not None:
                log.info("found a job that was never confirmed", extra={"job": job.id, "remote": remote_id})
            return found or job
        return job

    def _named(self, job_id: str) -> None:
        if search := self._searches.get(job_id):
            search.set()

    async def _candidates(self, job: JobRecord) -> list[str]:
        try:
            items = await self._api.history(size=_HISTORY_PAGE)
        except ImagineProError as error:
            log.warning("history can't be read: %s", error.text, extra={"job": job.id})
            return []
        claimed = await self._store.claimed([item.message_id for item in items])
        fitting = [item for item in items if item.message_id not in claimed and _could_be(item, job)]
        # Words may be a part of another job's, whose answer was lost as well.
        exact = _plain(job.prompt)
        fitting.sort(key=lambda item: (_plain(item.prompt or "") != exact, str(item.created_at)))
        return [item.message_id for item in fitting]

    async def _current(self, job: JobRecord) -> JobRecord:
        return await self._store.get(job.id) or job


async def _sleep(seconds: float, cut_short: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(cut_short.wait(), seconds)
    except TimeoutError:
        return
    cut_short.clear()


def _can_be_recognised(job: JobRecord) -> bool:
    """Whether history says enough to tell the job from others: made of pictures alone, it has no words there."""
    return bool(_plain(job.words))


def _could_be(item: HistoryItem, job: JobRecord) -> bool:
    """Whether this picture of the account's history can be the job: same request, not made before it was sent."""
    since = job.submitting_at or job.created_at
    if item.created_at is not None and item.created_at < since - _CLOCK_SLACK:
        return False
    if _plain(item.button or "") != _plain(job.button or "") or not _same_kind(item, job):
        return False
    echoed = _plain(item.prompt or "")
    # The prompt may come back rewritten: flags dropped, addresses shortened. The words must be there.
    return bool(echoed) and (_plain(job.prompt) == echoed or _plain(job.words) in echoed)


def _same_kind(item: HistoryItem, job: JobRecord) -> bool:
    """Whether the history speaks of this kind: the same words may have been sent to another model as well.

    What it does not name, or by a name that could be any, is Midjourney's: the history is. A button is known by its
    label.
    """
    if job.button is not None:
        return True
    word = "".join(filter(str.isalnum, _plain(item.kind or "")))
    named = next((kind for name, kind in _NAMES.items() if name in word), None)
    return (named or JobKind.IMAGINE) is job.kind


def _plain(text: str) -> str:
    return clean_text(text).replace("\ufe0f", "").casefold()


def _too_old(error: UnknownJob | RequestRefused, job: JobRecord) -> RequestRefused:
    detail = f" It answered: {error.reason.rstrip('.')}." if error.reason else ""
    if job.kind is JobKind.EXTENSION:
        what, command = "extends this video; it is probably too old.", "/video"
    else:
        what, command = "takes this button; the picture is probably too old to be changed.", "/imagine"
    return RequestRefused(
        f"ImaginePro no longer {what}{detail} Use {command} to make it anew.",
        status=error.status,
        reason=error.reason,
    )
