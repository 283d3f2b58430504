"""The image API: its client, what it says and how it fails. Knows HTTP, never Discord."""

from bot.imaginepro.api import JobOptions
from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.editing import (
    EDIT_MODELS,
    GEMINI_MODELS,
    LONGEST_Z_IMAGE_SIDE,
    ContentBlock,
    ImageBlock,
    TextBlock,
)
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
from bot.imaginepro.flux import FLUX_MODELS
from bot.imaginepro.linked_accounts import ACCOUNT_COMMANDS, LinkedAccount, MessageTrace
from bot.imaginepro.midjourney import BLEND_PICTURES
from bot.imaginepro.models import Account, HistoryItem, Job, JobStatus, Picture, Submission
from bot.imaginepro.pace import Pace
from bot.imaginepro.prompts import PromptVerdict
from bot.imaginepro.retries import Retries
from bot.imaginepro.transport import Timeouts
from bot.imaginepro.video import VideoJob, VideoResult

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
    "Pace",
    "Picture",
    "PictureError",
    "PictureGone",
    "PictureNotAllowed",
    "PictureTooLarge",
    "PromptRefused",
    "PromptVerdict",
    "QueueFull",
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
    "VideoJob",
    "VideoResult",
]
