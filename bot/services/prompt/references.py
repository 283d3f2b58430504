"""Which flags need a picture, and which model knows them (docs.midjourney.com, the pages of each reference)."""

from collections.abc import Mapping

from bot.services.prompt.flags.spec import FlagSpec, Model
from bot.services.prompt.flags.table import FLAGS, find_flag
from bot.services.prompt.text import PromptError

DEFAULTS = {"v": Model("v", 7), "niji": Model("niji", 6)}
"""The model that is used when no version is given."""


def check_references(flags: Mapping[str, str | None], image_urls: tuple[str, ...]) -> None:
    """Raise PromptError for a weight without its picture, and for a flag that the model does not know."""
    if "iw" in flags and not image_urls:
        raise PromptError("`--iw` weighs a picture, and there is none. Attach a picture or remove `--iw`.")
    given = [spec for spec in FLAGS if spec.name in flags]
    for spec in given:
        if spec.weighs is not None and spec.weighs not in flags:
            reference = _named(find_flag(spec.weighs) or spec)
            raise PromptError(
                f"`--{spec.name}` weighs {reference}, and there is none. Add one or remove `--{spec.name}`."
            )
    model = _model(flags)
    for spec in given:
        if spec.models is not None and not spec.models.include(model):
            raise PromptError(
                f"{_named(spec).capitalize()} works with {spec.models.listed('or')}, and {model} would paint this. "
                f"{spec.models.instead}"
            )


def _named(spec: FlagSpec) -> str:
    if spec.reference is None:
        return f"`--{spec.name}`"
    article = "an" if spec.reference.startswith("o") else "a"
    return f"{article} {spec.reference} reference (`--{spec.name}`)"


def _model(flags: Mapping[str, str | None]) -> Model:
    name = "niji" if "niji" in flags else "v"
    version = flags.get(name)
    return DEFAULTS[name] if version is None else Model(name, float(version))
