"""What Midjourney would refuse, found before anything is paid: flags that the model does not know, or not together.

Known to fail is refused with a reason and a remedy. Doubtful is sent with a note. A model that is newer than the table
in `flags.models` is sent everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.services.prompt.flags.models import (
    CURRENT,
    MODELS,
    WEIGHTS,
    Answer,
    Model,
    answer,
    knowing,
    named,
    values,
)
from bot.services.prompt.flags.spec import Flag, FlagSpec
from bot.services.prompt.flags.table import FLAGS, find_flag
from bot.services.prompt.text import PromptError

_CODE_VERSIONS = ("4", "6")
_APART = {
    ("fast", None): "Use `--relax` in its place, or remove one of the two.",
    ("draft", None): "Remove one of the two.",
    ("quality", "4"): "Use `--quality 1` or `--quality 2` in its place, or remove one of the two.",
}
"""What an omni reference does not work with, and the remedy."""


class Refusal(PromptError):
    """Midjourney would fail the job for this `reason`; the `remedy` says what to type instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Judged:
    """The flags to send, with the one that chooses the model where it was missing, and notes for the member."""

    flags: tuple[Flag, ...]
    notes: tuple[str, ...]


def judged(flags: Sequence[Flag], words: str, image_urls: Sequence[str], usual: Model | None) -> Judged:
    """The flags, judged for their model; `usual` is the account's, None if unknown. Raises PromptError, `Refusal`."""
    given = {flag.name: flag.value for flag in flags}
    _check_weights(given, image_urls)
    chosen = _chosen(given)
    notes: list[str] = []
    if chosen is None and (wanted := _bringing(given, usual)):
        chosen = _knowing_all(wanted, anime="niji" in given)
        notes.append(_added(chosen, wanted))
        flags = (*(flag for flag in flags if flag.name != "niji"), Flag(chosen.name, f"{chosen.version:g}"))
    judge = _Judge(chosen or (None if "niji" in given else usual), is_chosen=chosen is not None, anime="niji" in given)
    if WEIGHTS in words:
        given[WEIGHTS] = None
    notes += chain.from_iterable(judge.notes(name, value) for name, value in given.items())
    if judge.model is None or judge.model in MODELS:
        _check_together(given)
    return Judged(tuple(flags), tuple(notes))


def _check_weights(given: Mapping[str, str | None], image_urls: Sequence[str]) -> None:
    """Raise PromptError for a weight without its picture."""
    if "iw" in given and not image_urls:
        raise PromptError("`--iw` weighs a picture, and there is none. Attach a picture or remove `--iw`.")
    for spec in FLAGS:
        if spec.name in given and spec.weighs is not None and spec.weighs not in given:
            raise PromptError(
                f"`--{spec.name}` weighs {_name(spec.weighs)}, and there is none. Add one or remove `--{spec.name}`."
            )


def _check_together(given: Mapping[str, str | None]) -> None:
    """Raise Refusal for flags that fail together with every model of the table."""
    if "oref" in given:
        for (name, value), remedy in _APART.items():
            if name in given and given[name] == value:
                flag = Flag(name, value)
                raise Refusal(f"An omni reference (`--oref`) does not work with `{flag}`.", remedy)
    codes = [each for each in (given.get("sref") or "").split() if "://" not in each]
    version = given.get("sv")
    if codes and version is not None and version not in _CODE_VERSIONS:
        raise Refusal(
            f"Style codes such as `{codes[0].partition('::')[0]}` do not work with `--sv {version}`.",
            "Use `--sv 4` or `--sv 6`, or the address of a picture in place of the code.",
        )


def _chosen(given: Mapping[str, str | None]) -> Model | None:
    for name in ("v", "niji"):
        version = given.get(name)
        if version is not None:
            return Model(name, float(version))
    return None


def _bringing(given: Mapping[str, str | None], usual: Model | None) -> list[str]:
    """The flags for which a model has to be chosen, because the account's is unknown or does not know them."""
    wanted = [spec.name for spec in FLAGS if spec.brings_model and spec.name in given]
    known = usual in MODELS and "niji" not in given
    return [] if usual and known and all(answer(name, None, usual) is Answer.WORKS for name in wanted) else wanted


def _knowing_all(wanted: Sequence[str], *, anime: bool) -> Model:
    """The newest model that knows all of these flags. Raises Refusal when there is none."""
    models = [model for model in CURRENT if all(answer(name, None, model) is Answer.WORKS for name in wanted)]
    if anime:
        models = [model for model in models if model.name == "niji"]
    if models:
        return models[0]
    if len(wanted) > 1:
        reason = " and ".join(f"`--{name}` works with {named(knowing(name, None), 'or')}" for name in wanted)
        raise Refusal(f"{reason}, so never together.", "Remove one of the two.")
    raise _refusal(wanted[0], None, "the anime model would paint this")


def _added(model: Model, wanted: Sequence[str]) -> str:
    flags = " and ".join(f"`--{name}`" for name in wanted)
    return f"`{model.flag}` was added, because {flags} works with {named(knowing(wanted[0], None), 'and')} only."


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges single flags for a model; None where the prompt chooses none and the account's is unknown."""

    model: Model | None
    is_chosen: bool
    anime: bool

    def notes(self, name: str, value: str | None) -> Iterator[str]:
        """Notes about a flag that may fail. Raises Refusal for one that fails."""
        if self.model is None:
            yield from self._unknown_model_notes(name, value)
            return
        match answer(name, value, self.model):
            case Answer.FAILS:
                verb = "would paint this" if self.is_chosen else "paints this unless you choose another"
                raise _refusal(name, value, f"{self.model} {verb}", self.model)
            case Answer.DOUBTFUL:
                yield f"It is not certain that {self.model} knows {_label(name, value)}.{_otherwise(name, value)}"
            case Answer.WORKS:
                pass

    def _unknown_model_notes(self, name: str, value: str | None) -> Iterator[str]:
        family = [model for model in CURRENT if (model.name == "niji") is self.anime]
        every = [model for model in MODELS if model.name == "niji" or not self.anime]
        if all(answer(name, value, model) is Answer.FAILS for model in every):
            raise _refusal(name, value, "the anime model would paint this" if self.anime else None)
        unsure = [model for model in family if answer(name, value, model) is not Answer.WORKS]
        if unsure:
            yield f"{_label(name, value)} may fail with {named(unsure, 'or')}.{_otherwise(name, value)}"


def _refusal(name: str, value: str | None, painting: str | None, model: Model | None = None) -> Refusal:
    """The refusal of a flag; `painting` is the end of a sentence that names the model."""
    label, known = _name(name, value), knowing(name, value)
    subject = label[0].upper() + label[1:]
    reason = f"{subject} works with {named(known, 'or')}" if known else f"No model knows {label}"
    reason = ", and ".join(filter(None, (reason, painting if known else None)))
    taken = values(name, model) if model is not None else ""
    remedies = [
        f"use {taken} in its place" if taken else "",
        f"choose {'one of these, such as' if len(known) > 1 else 'it with'} `{known[0].flag}`" if known else "",
        _instead(name),
        f"remove {'the `::`' if name == WEIGHTS else f'`--{name}`'}",
    ]
    *first, last = filter(None, remedies)
    sentence = f"{', '.join(first)}, or {last}." if first else f"{last}."
    return Refusal(f"{reason}.", sentence[0].upper() + sentence[1:])


def _instead(name: str) -> str:
    spec = find_flag(name)
    return spec.instead if spec else ""


def _otherwise(name: str, value: str | None) -> str:
    known = knowing(name, value)
    return f" If it fails, use `{known[0].flag}` or leave it out." if known else " If it fails, leave it out."


def _label(name: str, value: str | None) -> str:
    """The flag in a sentence, with its value where models take different ones."""
    if name == WEIGHTS:
        return "`::` between words"
    differs = name == "style" or any(values(name, model) for model in MODELS)
    return f"`{Flag(name, value if differs else None)}`"


def _name(name: str, value: str | None = None) -> str:
    """The flag in a sentence; a reference by what it is."""
    spec: FlagSpec | None = find_flag(name)
    if spec is None or spec.reference is None:
        return _label(name, value)
    article = "an" if spec.reference.startswith("o") else "a"
    return f"{article} {spec.reference} reference (`--{name}`)"
