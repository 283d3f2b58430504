"""What Midjourney would refuse, found before anything is paid: flags that the model does not know, or not together.

Known to fail is refused with a reason and a remedy. Doubtful is sent with a note. A model that is newer than the table
in `flags.models` is sent everything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from bot.services.prompt.flags.models import (
    CURRENT,
    MODELS,
    WEIGHTS,
    Answer,
    Model,
    answer,
    knowing,
    listed,
    named,
    values,
)
from bot.services.prompt.flags.spec import Flag, FlagSpec
from bot.services.prompt.flags.table import FLAGS, find_flag
from bot.services.prompt.text import PromptError

_WEIGHTED = re.compile(r"::[0-9.]*$")
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
    if WEIGHTS in words or any(map(_WEIGHTED.search, image_urls)):
        given[WEIGHTS] = None
    anime, chosen = "niji" in given, _chosen(given)
    wanted = [] if chosen is not None else _bringing(given, usual)
    model = chosen or (None if anime or wanted else usual)
    notes: list[str] = []
    if model is None or model in MODELS:
        _check_together(given)
    if model is None:
        newest = _taking_all(given, anime=anime)
        if wanted:
            model = chosen = newest
            notes.append(_added(newest, wanted))
            flags = (*(flag for flag in flags if flag.name != "niji"), Flag(newest.name, f"{newest.version:g}"))
    judge = _Judge(model, given, is_chosen=chosen is not None)
    notes += chain.from_iterable(judge.notes(name, value) for name, value in given.items())
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


def _taking_all(given: Mapping[str, str | None], *, anime: bool) -> Model:
    """The newest model that takes all of these flags. Raises Refusal when there is none."""
    models = [model for model in MODELS if model.name == "niji" or not anime]
    found = next((model for model in models if _takes(model, given)), None)
    if found is not None:
        return found
    for name, value in given.items():
        if not any(_takes(model, {name: value}) for model in models):
            raise _refusal(name, value, given, "the anime model would paint this" if anime else None)
    for pair in combinations(given.items(), 2):
        if not any(_takes(model, dict(pair)) for model in models):
            reason = " and ".join(f"{_label(*flag)} works with {named(knowing(*flag), 'or')}" for flag in pair)
            raise Refusal(f"{reason}, so never together.", "Remove one of the two.")
    picky = [flag for flag in given.items() if not all(_takes(model, dict([flag])) for model in models)]
    labels = listed((_label(*flag) for flag in picky), "and")
    raise Refusal(f"No model knows {labels} together.", "Remove one of them.")


def _takes(model: Model, given: Mapping[str, str | None]) -> bool:
    """Whether none of these flags is known to fail with the model."""
    return all(answer(name, value, model) is not Answer.FAILS for name, value in given.items())


def _added(model: Model, wanted: Sequence[str]) -> str:
    flags = " and ".join(f"`--{name}`" for name in wanted)
    return f"`{model.flag}` was added, because {flags} works with {named(knowing(wanted[0], None), 'and')} only."


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges single flags among those `given` for a model; None where the account's model is unknown."""

    model: Model | None
    given: Mapping[str, str | None]
    is_chosen: bool

    def notes(self, name: str, value: str | None) -> Iterator[str]:
        """Notes about a flag that may fail. Raises Refusal for one that fails."""
        if self.model is None:
            family = [model for model in CURRENT if (model.name == "niji") is ("niji" in self.given)]
            unsure = [model for model in family if answer(name, value, model) is not Answer.WORKS]
            if unsure:
                yield f"{_label(name, value)} may fail with {named(unsure, 'or')}.{self._otherwise(name, value)}"
            return
        match answer(name, value, self.model):
            case Answer.FAILS:
                verb = "would paint this" if self.is_chosen else "paints this unless you choose another"
                raise _refusal(name, value, self.given, f"{self.model} {verb}", self.model)
            case Answer.DOUBTFUL:
                yield f"It is not certain that {self.model} knows {_label(name, value)}.{self._otherwise(name, value)}"
            case Answer.WORKS:
                pass

    def _otherwise(self, name: str, value: str | None) -> str:
        others = _helping(name, value, self.given)
        return f" If it fails, use `{others[0].flag}` or leave it out." if others else " If it fails, leave it out."


def _helping(name: str, value: str | None, given: Mapping[str, str | None]) -> list[Model]:
    """The models that know the flag and take the others beside it: no advice leads to the next refusal."""
    return [model for model in knowing(name, value) if _takes(model, given)]


def _refusal(
    name: str, value: str | None, given: Mapping[str, str | None], painting: str | None, model: Model | None = None
) -> Refusal:
    """The refusal of a flag among those `given`; `painting` is the end of a sentence that names the model."""
    label, known, helping = _name(name, value), knowing(name, value), _helping(name, value, given)
    subject = label[0].upper() + label[1:]
    reason = f"{subject} works with {named(known, 'or')}" if known else f"No model knows {label}"
    reason = ", and ".join(filter(None, (reason, painting if known else None)))
    taken = values(name, model) if model is not None else ""
    remedies = [
        f"use {taken} in its place" if taken else "",
        f"choose {'one of these, such as' if len(known) > 1 else 'it with'} `{helping[0].flag}`" if helping else "",
        _instead(name),
        f"remove {'the `::`' if name == WEIGHTS else f'`--{name}`'}",
    ]
    *first, last = filter(None, remedies)
    sentence = f"{', '.join(first)}, or {last}." if first else f"{last}."
    return Refusal(f"{reason}.", sentence[0].upper() + sentence[1:])


def _instead(name: str) -> str:
    spec = find_flag(name)
    return spec.instead if spec else ""


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
