"""What can be asked of the image API, kind by kind: how it is sent, called and priced, and what comes back.

An order is what a job's record keeps besides its prompt, so that a restart sends exactly what was asked for.
Prices are in credits, from the pages named in `bot.imaginepro`; None where none is published.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.services.kinds.midjourney import Blend, Describe, FaceSwap, Imagine, Press
from bot.services.kinds.other_models import CutOut, Edit, Flux, Upscale, ZImage
from bot.services.kinds.videos import Extension, Video
from bot.store import NewJob

__all__ = [
    "Blend",
    "CutOut",
    "Describe",
    "Edit",
    "Extension",
    "FaceSwap",
    "Flux",
    "Imagine",
    "Order",
    "Press",
    "Upscale",
    "Video",
    "ZImage",
    "details_of",
    "order_of",
]

Order = Annotated[
    Imagine | Press | Describe | FaceSwap | Blend | Flux | Upscale | CutOut | Edit | ZImage | Video | Extension,
    Field(discriminator="kind"),
]
_ORDERS: TypeAdapter[Order] = TypeAdapter(Order)


def order_of(job: NewJob) -> Order:
    """What the job asked for, from its record. Raises `pydantic.ValidationError` for a record nobody could write."""
    return _ORDERS.validate_python({**job.details, "kind": job.kind})


def details_of(order: Order) -> dict[str, object]:
    """What a job's record keeps of the order, as JSON values."""
    return order.model_dump(mode="json", exclude={"kind"}, exclude_none=True, exclude_defaults=True)
