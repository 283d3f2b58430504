"""One request class for each kind of job: how it is sent and named, what it costs and what comes back.

A request is stored with its job, without the prompt, so that a restart sends the same again.
Prices are those of `bot.services.prices`, in credits; None where none is published.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.services.kinds.midjourney import (
    BlendRequest,
    DescribeRequest,
    FaceSwapRequest,
    FollowUpRequest,
    ImagineRequest,
)
from bot.services.kinds.other_models import (
    EditRequest,
    FluxRequest,
    RemoveBackgroundRequest,
    UpscaleRequest,
    ZImageRequest,
)
from bot.services.kinds.videos import ExtendVideoRequest, VideoRequest
from bot.store import NewJob

__all__ = [
    "BlendRequest",
    "DescribeRequest",
    "EditRequest",
    "ExtendVideoRequest",
    "FaceSwapRequest",
    "FluxRequest",
    "FollowUpRequest",
    "ImagineRequest",
    "JobRequest",
    "RemoveBackgroundRequest",
    "UpscaleRequest",
    "VideoRequest",
    "ZImageRequest",
    "details_of",
    "request_of",
]

JobRequest = Annotated[
    ImagineRequest
    | FollowUpRequest
    | DescribeRequest
    | FaceSwapRequest
    | BlendRequest
    | FluxRequest
    | UpscaleRequest
    | RemoveBackgroundRequest
    | EditRequest
    | ZImageRequest
    | VideoRequest
    | ExtendVideoRequest,
    Field(discriminator="kind"),
]
_REQUESTS: TypeAdapter[JobRequest] = TypeAdapter(JobRequest)


def request_of(job: NewJob) -> JobRequest:
    """The request of a stored job. Raises `pydantic.ValidationError` when its details are invalid."""
    return _REQUESTS.validate_python({**job.details, "kind": job.kind})


def details_of(request: JobRequest) -> dict[str, object]:
    """What is stored of the request in a job's record, as JSON values."""
    return request.model_dump(mode="json", exclude={"kind"}, exclude_none=True, exclude_defaults=True)
