"""What a member typed for a picture, checked and written the way Midjourney reads it."""

from bot.services.prompt.choices import (
    ASPECT_RATIOS,
    MODES,
    QUALITIES,
    VERSIONS,
    Choice,
    suggest_aspects,
    suggest_versions,
)
from bot.services.prompt.compose import MAX_PROMPT, Prompt, compose_prompt
from bot.services.prompt.expand import MAX_JOBS, expand_prompt
from bot.services.prompt.flags import Flag
from bot.services.prompt.options import (
    CHAOS,
    CHARACTER_WEIGHT,
    IMAGE_WEIGHT,
    OMNI_WEIGHT,
    REPEAT,
    SEED,
    STYLE_WEIGHT,
    STYLIZE,
    WEIRD,
    ImagineOptions,
    Mode,
    Range,
)
from bot.services.prompt.plain import PlainPrompt, read_plain_prompt
from bot.services.prompt.text import PromptError, clean_text
from bot.services.prompt.values import read_address

__all__ = [
    "ASPECT_RATIOS",
    "CHAOS",
    "CHARACTER_WEIGHT",
    "IMAGE_WEIGHT",
    "MAX_JOBS",
    "MAX_PROMPT",
    "MODES",
    "OMNI_WEIGHT",
    "QUALITIES",
    "REPEAT",
    "SEED",
    "STYLE_WEIGHT",
    "STYLIZE",
    "VERSIONS",
    "WEIRD",
    "Choice",
    "Flag",
    "ImagineOptions",
    "Mode",
    "PlainPrompt",
    "Prompt",
    "PromptError",
    "Range",
    "clean_text",
    "compose_prompt",
    "expand_prompt",
    "read_address",
    "read_plain_prompt",
    "suggest_aspects",
    "suggest_versions",
]
