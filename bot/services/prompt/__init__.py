"""Prompts: what a member typed, checked and written as Midjourney reads it."""

from bot.services.prompt.choices import (
    ASPECT_RATIOS,
    MODES,
    QUALITIES,
    VERSIONS,
    Choice,
    suggest_aspects,
    suggest_versions,
)
from bot.services.prompt.compose import MAX_EDITED, MAX_PROMPT, Prompt, compose_prompt
from bot.services.prompt.composer import Composer
from bot.services.prompt.expand import MAX_JOBS, expand_prompt
from bot.services.prompt.flags.spec import Flag
from bot.services.prompt.foreign import described_prompt, enhanced_prompt
from bot.services.prompt.options import (
    ImagineOptions,
    Mode,
    OptionValue,
    limits,
    option_descriptions,
)
from bot.services.prompt.plain import PlainPrompt, read_plain_prompt
from bot.services.prompt.text import PromptError, clean_text
from bot.services.prompt.values import read_address, read_addresses

__all__ = [
    "ASPECT_RATIOS",
    "MAX_EDITED",
    "MAX_JOBS",
    "MAX_PROMPT",
    "MODES",
    "QUALITIES",
    "VERSIONS",
    "Choice",
    "Composer",
    "Flag",
    "ImagineOptions",
    "Mode",
    "OptionValue",
    "PlainPrompt",
    "Prompt",
    "PromptError",
    "clean_text",
    "compose_prompt",
    "described_prompt",
    "enhanced_prompt",
    "expand_prompt",
    "limits",
    "option_descriptions",
    "read_address",
    "read_addresses",
    "read_plain_prompt",
    "suggest_aspects",
    "suggest_versions",
]
