"""What each model of Midjourney refuses, in the words of its refusals. The bot's own table is not known here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Takes = Callable[["Model", str], bool]

_SPELLINGS = {"q": "quality", "version": "v"}
_ANIME_STYLES = {"cute", "expressive", "original", "scenic"}
_MOST_EDITED = 4


@dataclass(frozen=True)
class Model:
    """The main model, or the anime model, in one version."""

    number: float
    anime: bool = False

    def __str__(self) -> str:
        return f"--{'niji' if self.anime else 'version'} {self.number:g}"


RELEASED = (
    *map(Model, (1, 2, 3, 4, 5, 5.1, 5.2, 6, 6.1, 7, 8.1, 8.2)),
    *(Model(number, anime=True) for number in (4, 5, 6, 7)),
)
"""The models that can be chosen. Version 8 was taken back."""


def newest(*, anime: bool = False) -> Model:
    """The last of the released models."""
    return max((model for model in RELEASED if model.anime is anime), key=lambda model: model.number)


_TAKES: dict[str, Takes] = {
    "raw": lambda model, _: model.number >= 5.1,
    "hd": lambda model, _: not model.anime and model.number > 8,
    "sd": lambda model, _: not model.anime and model.number > 8,
    "edit": lambda model, _: not model.anime and model.number > 8,
    "oref": lambda model, _: model == Model(7),
    "cref": lambda model, _: 6 <= model.number < 7,
    "sref": lambda model, _: model.number >= 6,
    "stop": lambda model, _: model.number < 7,
    "turbo": lambda model, _: model.number < 8,
    "draft": lambda model, _: model.number < 8,
    "quality": lambda model, _: model.number < 8,
    "style": lambda model, value: (
        model.number >= 5.1 if value == "raw" else value not in _ANIME_STYLES or model == Model(6, anime=True)
    ),
}
_VALUES: dict[str, Takes] = {
    "quality": lambda model, value: model.anime or model.number < 7 or value in {"1", "2", "3", "4"},
    "sv": lambda model, value: value in ({"4", "6"} if model == Model(7, anime=True) else set("123456")),
    "iw": lambda model, value: _number(value) <= (2 if model == Model(7, anime=True) else 3),
    "ow": lambda _, value: 1 <= _number(value) <= 1000,
    "edit": lambda _, value: 1 <= len(value.split()) <= _MOST_EDITED,
}


def refusal(flags: Mapping[str, str], usual: Model, *, weighted: bool) -> str | None:
    """Why the model that the flags choose, else `usual`, does not take them; None when it does.

    `weighted` says whether parts of the prompt, words or pictures, have weights. Models that were not released yet take
    everything.
    """
    given = {_SPELLINGS.get(name, name): value.casefold() for name, value in flags.items()}
    model = _chosen(given, usual)
    if model is None:
        name = "niji" if "niji" in given else "version"
        return _invalid(name, given["niji" if name == "niji" else "v"])
    if model not in RELEASED:
        return None
    if weighted and model.number >= 8:
        return f"Invalid parameter `::` is not compatible with `{model}`"
    for name, value in given.items():
        if name in _TAKES and not _TAKES[name](model, value):
            return _incompatible(name, f"{model}")
        if name in _VALUES and not _VALUES[name](model, value):
            return _invalid(name, value)
    return _together(given)


def _chosen(given: Mapping[str, str], usual: Model) -> Model | None:
    for name in ("v", "niji"):
        if name in given:
            anime = name == "niji"
            model = Model(_number(given[name]), anime) if given[name] else newest(anime=anime)
            return model if model in RELEASED or model.number > newest(anime=anime).number else None
    return usual


def _together(given: Mapping[str, str]) -> str | None:
    if "oref" in given:
        others = [name for name in ("draft", "fast") if name in given]
        others += ["quality 4"] if given.get("quality") in {"3", "4"} else []
        if others:
            return _incompatible("oref", f"--{others[0]}")
    codes = re.findall(r"(?<!\S)(?:random|\d+)(?=::|\s|$)", given.get("sref", ""))
    if codes and given.get("sv", "4") not in {"4", "6"}:
        return _incompatible(f"sv {given['sv']}", f"--sref {codes[0]}")
    return None


def _incompatible(name: str, other: str) -> str:
    return f"Invalid parameter `--{name}` is not compatible with `{other}`"


def _invalid(name: str, value: str) -> str:
    return f"Invalid parameter: invalid value provided for argument `--{name}`: `{value[:20]}`"


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return -1.0
