"""The input that some follow-up buttons take: a prompt, a region or a zoom factor."""

from bot.errors import UserError
from bot.services.follow_ups.catalog import normalized_label
from bot.services.prompt import Composer, Prompt
from bot.services.prompt.spelling.signs import option_value
from bot.store import JobRecord

REGION = "Vary (Region)"
CUSTOM_ZOOM = "Custom Zoom"
MIN_ZOOM, MAX_ZOOM = 1.0, 2.0
_TAKE_PROMPTS = frozenset({"V1", "V2", "V3", "V4", "🔄", "Vary (Strong)", "Vary (Subtle)", "⬅", "➡", "⬆", "⬇"})


def takes_prompt(label: str) -> bool:
    """Whether the button takes a new prompt in the account's remix mode (docs.imaginepro.ai, Button)."""
    return normalized_label(label) in _TAKE_PROMPTS


def is_region(label: str) -> bool:
    """Whether the button needs a mask."""
    return normalized_label(label) == REGION


def is_custom_zoom(label: str) -> bool:
    """Whether the button needs a zoom factor."""
    return normalized_label(label) == CUSTOM_ZOOM


def remixed(composer: Composer, job: JobRecord, written: str) -> Prompt | None:
    """The new prompt for a follow-up of the job; None when it is the job's own. Raises `PromptError`."""
    if written.strip() == job.prompt.strip():
        return None
    return composer.composed(written)


def zoom_factor(written: str) -> float:
    """The factor of a custom zoom. Raises `UserError` unless it is a number from 1 to 2."""
    try:
        value = float(option_value(written).casefold().removesuffix("x").replace(",", "."))
    except ValueError:
        value = 0.0
    if not MIN_ZOOM <= value <= MAX_ZOOM:
        raise UserError("The zoom is a number from 1 to 2, such as 1.4. Press the button again.")
    return value
