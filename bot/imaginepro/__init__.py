"""The image API: its client, what it says and how it fails. Knows HTTP, never Discord."""

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import (
    Busy,
    CreditsUsedUp,
    Forbidden,
    ImagineProError,
    KeyRefused,
    PictureError,
    PictureGone,
    PictureNotAllowed,
    PictureTooLarge,
    PromptRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    StatusError,
    TimedOut,
    Unauthorized,
    UnknownJob,
    Unreachable,
)
from bot.imaginepro.models import Account, HistoryItem, Job, JobStatus, Picture, Submission
from bot.imaginepro.pace import Pace
from bot.imaginepro.retries import Retries
from bot.imaginepro.transport import Timeouts

__all__ = [
    "Account",
    "Busy",
    "CreditsUsedUp",
    "Forbidden",
    "HistoryItem",
    "ImagineProClient",
    "ImagineProError",
    "Job",
    "JobStatus",
    "KeyRefused",
    "Pace",
    "Picture",
    "PictureError",
    "PictureGone",
    "PictureNotAllowed",
    "PictureTooLarge",
    "PromptRefused",
    "QueueFull",
    "RequestRefused",
    "Retries",
    "ServerFault",
    "StatusError",
    "Submission",
    "TimedOut",
    "Timeouts",
    "Unauthorized",
    "UnknownJob",
    "Unreachable",
]
