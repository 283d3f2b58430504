"""Which flags need each other, and which model paints them (docs.midjourney.com, the pages of each reference)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.services.prompt.text import PromptError


@dataclass(frozen=True, slots=True)
class Model:
    """Who paints: Midjourney's own model (`v`) or the anime model (`niji`), and which version of it."""

    name: str
    version: float

    def __str__(self) -> str:
        return f"{'version' if self.name == 'v' else 'niji'} {self.version:g}"


DEFAULTS = {"v": Model("v", 7), "niji": Model("niji", 6)}
"""What paints without a version."""


@dataclass(frozen=True, slots=True)
class _Need:
    """Which models know a reference; `models` is how people call them."""

    known_to: Callable[[Model], bool]
    models: str
    instead: str


_MODELS = {
    "sref": _Need(
        lambda model: model.version >= 6,
        "version 6 or newer, or niji 6",
        "Choose one of these, or describe the style in words.",
    ),
    "cref": _Need(
        lambda model: 6 <= model.version < 7,
        "version 6, 6.1 or niji 6",
        "Choose one of these, or use an omni reference (`--oref`) with version 7.",
    ),
    "oref": _Need(
        lambda model: model.name == "v" and model.version >= 7,
        "version 7",
        "Choose it, or use a character reference (`--cref`) with version 6.1.",
    ),
}
_KINDS = {"sref": "style", "cref": "character", "oref": "omni"}
_WEIGHTS = {"sw": "sref", "cw": "cref", "ow": "oref"}


def check_references(flags: Mapping[str, str | None], image_urls: tuple[str, ...]) -> None:
    """Return when each weight has its picture and each reference a model that knows it. Raises PromptError."""
    if "iw" in flags and not image_urls:
        raise PromptError("`--iw` weighs a picture, and there is none. Attach a picture or remove `--iw`.")
    for weight, reference in _WEIGHTS.items():
        if weight in flags and reference not in flags:
            raise PromptError(
                f"`--{weight}` weighs {_named(reference)}, and there is none. Add one or remove `--{weight}`."
            )
    model = _model(flags)
    for reference, need in _MODELS.items():
        if reference in flags and not need.known_to(model):
            named = _named(reference).capitalize()
            raise PromptError(f"{named} works with {need.models}, and {model} would paint this. {need.instead}")


def _named(reference: str) -> str:
    kind = _KINDS[reference]
    return f"{'an' if kind == 'omni' else 'a'} {kind} reference (`--{reference}`)"


def _model(flags: Mapping[str, str | None]) -> Model:
    name = "niji" if "niji" in flags else "v"
    version = flags.get(name)
    return DEFAULTS[name] if version is None else Model(name, float(version))
