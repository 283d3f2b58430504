"""What a follow-up may be given besides its button."""

from bot.errors import UserError
from bot.services.follow_ups.catalog import same_button
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt
from bot.store import JobRecord

REGION = "Vary (Region)"
CUSTOM_ZOOM = "Custom Zoom"
LEAST_ZOOM, MOST_ZOOM = 1.0, 2.0
_REMIXED = frozenset({"V1", "V2", "V3", "V4", "🔄"})


def takes_prompt(label: str) -> bool:
    """Whether this button takes a new prompt when the account's remix mode is on (docs.imaginepro.ai, Button)."""
    return same_button(label) in _REMIXED


def is_region(label: str) -> bool:
    """Whether this button needs to know which part of the picture may change."""
    return same_button(label) == REGION


def is_custom_zoom(label: str) -> bool:
    """Whether this button needs a factor."""
    return same_button(label) == CUSTOM_ZOOM


def remixed(job: JobRecord, written: str) -> Prompt | None:
    """The prompt for a follow-up of this job; None where what was written is what the job has already."""
    if written.strip() == job.prompt.strip():
        return None
    return compose_prompt(written, ImagineOptions())


def zoom_factor(written: str) -> float:
    """The factor of a custom zoom. Raises `UserError` when it is none between 1 and 2."""
    try:
        value = float(written.strip().removesuffix("x").replace(",", "."))
    except ValueError:
        value = 0.0
    if not LEAST_ZOOM <= value <= MOST_ZOOM:
        raise UserError("The zoom is a number from 1 to 2, such as 1.4. Press the button again.")
    return value
