"""What can be asked of the image API, kind by kind: how it is sent, called and priced, and what comes back.

An order is what a job's record keeps besides its prompt, so that a restart sends exactly what was asked for.
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
_ORDERS: TypeAdapter[JobRequest] = TypeAdapter(JobRequest)


def request_of(job: NewJob) -> JobRequest:
    """What the job asked for, from its record. Raises `pydantic.ValidationError` for a record nobody could write."""
    return _ORDERS.validate_python({**job.details, "kind": job.kind})


def details_of(order: JobRequest) -> dict[str, object]:
    """What a job's record keeps of the order, as JSON values."""
    return order.model_dump(mode="json", exclude={"kind"}, exclude_none=True, exclude_defaults=True)
