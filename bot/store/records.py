"""What the bot stores of a job, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class JobKind(StrEnum):
    """How a job came to be: by one of the API's calls, or by a follow-up button of another job."""

    IMAGINE = "imagine"
    FOLLOW_UP = "button"
    DESCRIBE = "describe"
    FACE_SWAP = "faceswap"
    BLEND = "blend"
    FLUX = "flux"
    UPSCALE = "upscale"
    REMOVE_BACKGROUND = "removebg"
    EDIT = "edit"
    Z_IMAGE = "zimage"
    VIDEO = "video"
    EXTEND_VIDEO = "extension"

    @property
    def queue(self) -> str:
        """The name of the API's queue for this kind. Which kinds share one is not documented.

        All that run on Midjourney share one here, every other kind has its own: when one is full, the others are tried.
        """
        return "midjourney" if self in _MIDJOURNEY else self.value


_MIDJOURNEY = frozenset(
    {
        JobKind.IMAGINE,
        JobKind.FOLLOW_UP,
        JobKind.DESCRIBE,
        JobKind.FACE_SWAP,
        JobKind.BLEND,
        JobKind.VIDEO,
        JobKind.EXTEND_VIDEO,
    }
)


class JobState(StrEnum):
    """The state of a job; `is_final` is True once nothing more will happen to it.

    `RECORDED`: stored, its reply may not be visible yet. `WAITING`: in the queue. `DISPATCHED`: taken from the queue,
    nothing was sent. `SUBMITTING`: the request may have left.
    """

    RECORDED = "recorded"
    WAITING = "waiting"
    DISPATCHED = "called"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unclear"

    @property
    def is_final(self) -> bool:
        """True when the job has ended, well or not."""
        match self:
            case JobState.DONE | JobState.FAILED | JobState.CANCELLED | JobState.UNCONFIRMED:
                return True
            case JobState.RECORDED | JobState.WAITING | JobState.DISPATCHED | JobState.SUBMITTING | JobState.RUNNING:
                return False

    @property
    def is_unsent(self) -> bool:
        """True while it is certain that nothing was sent and nothing was paid."""
        return self in (JobState.RECORDED, JobState.WAITING, JobState.DISPATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget:
    """Where a job's reply is in Discord and what may be sent there.

    `token` gives access to the reply for 15 minutes after `opened_at` without channel permissions; `upload_limit` is
    in bytes, and 0 where the bot may attach no files. `part` is 0 for the answer to the interaction itself and counts
    its follow-up messages from 1. `in_dm` is set once the reply had to move from the server `guild_id` to the member's
    direct messages. `user_name` is the member's display name when they asked, not escaped; empty for jobs of versions
    that did not keep it.
    """

    interaction_id: int
    application_id: int
    token: str = field(repr=False)
    opened_at: datetime
    user_id: int
    guild_id: int | None
    channel_id: int | None
    message_id: int | None = None
    part: int = 0
    in_dm: bool = False
    upload_limit: int = 10 * 1024 * 1024
    user_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job as it is stored before anything is paid.

    `once_key` is its idempotency key: a second job with the same key is the first one again. `details` is what its kind
    needs besides the prompt, as JSON values. `cost_credits` is the published price, None where there is none. `key`
    names the API key that must be used, None while any will do. `owner` is the process that is responsible for the job.
    """

    id: str
    kind: JobKind
    reply: ReplyTarget
    created_at: datetime
    prompt: str
    words: str
    mode: str
    seed: int | None = None
    parent_id: str | None = None
    parent_remote_id: str | None = None
    button: str | None = None
    once_key: str | None = None
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    cost_credits: int | None = None
    key: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord(NewJob):
    """One stored job: its request, its state, and its result once there is one.

    A mask in `details` is left out, except where a method of the store says otherwise.
    `calls` is how often it was dispatched; a job that was put back into the queue is dispatched again. Until
    `late_until` a result is still accepted although the reply shows that none came. Times are UTC; `prompt` is what was
    sent, `words` the same without flags and picture addresses. `tiles` are all pictures of a result that has several,
    `videos` its videos, `texts` the prompts that were found in a picture.
    """

    state: JobState
    remote_id: str | None = None
    calls: int = 0
    called_at: datetime | None = None
    submitting_at: datetime | None = None
    submitted_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    finished_at: datetime | None = None
    delivered_at: datetime | None = None
    late_until: datetime | None = None
    image_url: str | None = None
    original_url: str | None = None
    tiles: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def may_be_charged(self) -> bool:
        """False once it is certain that the API charges nothing: the job has ended before the API accepted it."""
        if self.state not in (JobState.FAILED, JobState.CANCELLED):
            return True
        return self.submitting_at is not None or self.submitted_at is not None or self.remote_id is not None


def press_key(parent_id: str, label: str) -> str:
    """The `once_key` of a press of the parent's button, where all presses lead to one job."""
    return f"press:{parent_id}:{label}"
