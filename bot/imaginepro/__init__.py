"""The image API: its client, models and errors. Knows HTTP, never Discord."""

from bot.imaginepro.calls.editing import (
    EDIT_MODELS,
    GEMINI_MODELS,
    LONGEST_Z_IMAGE_SIDE,
    ContentBlock,
    ImageBlock,
    TextBlock,
)
from bot.imaginepro.calls.flux import FLUX_MODELS
from bot.imaginepro.calls.linked_accounts import ACCOUNT_COMMANDS, LinkedAccount, MessageTrace
from bot.imaginepro.calls.midjourney import BLEND_PICTURES
from bot.imaginepro.calls.prompts import PromptVerdict
from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import (
    Busy,
    CreditsUsedUp,
    Forbidden,
    ImagineProError,
    KeyRefused,
    NoTurn,
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
from bot.imaginepro.http.base import JobOptions
from bot.imaginepro.http.rate_limit import Priority, RateLimiter
from bot.imaginepro.http.retries import Retries
from bot.imaginepro.http.transport import Timeouts
from bot.imaginepro.models import Account, HistoryItem, Job, Picture, Submission, VideoResult
from bot.imaginepro.status import JobStatus

__all__ = [
    "ACCOUNT_COMMANDS",
    "BLEND_PICTURES",
    "EDIT_MODELS",
    "FLUX_MODELS",
    "GEMINI_MODELS",
    "LONGEST_Z_IMAGE_SIDE",
    "Account",
    "Busy",
    "ContentBlock",
    "CreditsUsedUp",
    "Forbidden",
    "HistoryItem",
    "ImageBlock",
    "ImagineProClient",
    "ImagineProError",
    "Job",
    "JobOptions",
    "JobStatus",
    "KeyRefused",
    "LinkedAccount",
    "MessageTrace",
    "NoTurn",
    "Picture",
    "PictureError",
    "PictureGone",
    "PictureNotAllowed",
    "PictureTooLarge",
    "Priority",
    "PromptRefused",
    "PromptVerdict",
    "QueueFull",
    "RateLimiter",
    "RequestRefused",
    "Retries",
    "ServerFault",
    "StatusError",
    "Submission",
    "TextBlock",
    "TimedOut",
    "Timeouts",
    "Unauthorized",
    "UnknownJob",
    "Unreachable",
    "VideoResult",
]
