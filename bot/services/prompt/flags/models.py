"""Which model of Midjourney knows which flag: one row a flag, one column a model.

From docs.midjourney.com (Version, Parameter List, and the page of each parameter) and from refusals that clients of the
API report, as of November 2026.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Model:
    """Midjourney's own model (`v`) or the anime model (`niji`), in one version."""

    name: str
    version: float

    def __str__(self) -> str:
        return f"{'version' if self.name == 'v' else 'niji'} {self.version:g}"

    @property
    def flag(self) -> str:
        """The flag that chooses it, for example `--v 8.2`."""
        return f"--{self.name} {self.version:g}"


class Answer(Enum):
    """What a model makes of a flag. `DOUBTFUL`: the sources disagree or do not say."""

    WORKS = "works"
    DOUBTFUL = "doubtful"
    FAILS = "fails"


_COLUMNS = {
    "8.2": (Model("v", 8.2),),
    "8.1": (Model("v", 8.1),),
    "7": (Model("v", 7),),
    "6.1": (Model("v", 6.1),),
    "6": (Model("v", 6),),
    "5.x": (Model("v", 5.2), Model("v", 5.1)),
    "older": tuple(Model("v", version) for version in (5, 4, 3, 2, 1)),
    "niji 7": (Model("niji", 7),),
    "niji 6": (Model("niji", 6),),
    "niji 5": (Model("niji", 5), Model("niji", 4)),
}
MODELS = tuple(model for models in _COLUMNS.values() for model in models)
"""The models that the table knows, newest first."""

CURRENT = tuple(model for model in MODELS if model.version >= 6)
"""Those that Midjourney still presents."""

# Cells: + works, - fails, ? doubtful. Values such as 1,2,4 or 1-6 are those that work, and others fail; with a question
# mark behind them others are doubtful, and with one in front they are doubtful themselves.
# fmt: off
_ROWS = {
    #              8.2   8.1    7      6.1       6              5.x          older        niji 7  niji 6  niji 5
    "raw":        "+     +      +      +         +              +            -            +       +       -",
    "hd":         "+     +      -      -         -              -            -            -       -       -",
    "sd":         "+     +      -      -         -              -            -            -       -       -",
    "edit":       "+     +      -      -         -              -            -            -       -       -",
    "exp":        "+     +      +      ?         ?              ?            ?            ?       ?       ?",
    "oref":       "-     -      +      -         -              -            -            -       -       -",
    "cref":       "-     -      -      +         +              -            -            -       +       -",
    "sref":       "+     +      +      +         +              -            -            +       +       -",
    "sv":         "1-6   ?1-6   1-6    1-4       1-4            ?1-6         ?1-6         4,6     1-4     ?1-6",
    "quality":    "-     -      1,2,4  0.5,1,2?  0.25,0.5,1,2?  0.25,0.5,1?  0.25,0.5,1?  1?      0.5,1?  0.25,0.5,1?",
    "iw":         "+     +      +      +         +              0-2?         0-2?         0-2     +       0-2?",
    "stop":       "-     -      -      +         +              +            +            -       +       +",
    "turbo":      "-     -      +      +         +              +            +            +       +       +",
    "draft":      "-     -      +      ?         ?              ?            ?            ?       ?       ?",
    "::":         "-     -      ?      +         +              +            +            ?       +       +",
    "style":      "-     -      -      -         -              -            -            -       +       -",
    "style code": "?     ?      ?      ?         ?              +            ?            ?       ?       ?",
}
# fmt: on

WEIGHTS = "::"
"""The row of weights between the words."""

NIJI_STYLES = frozenset({"cute", "expressive", "original", "scenic"})
"""The styles with a name. Any other is a code."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """The values that `inside` is about, as the table has them, and the answer for all others."""

    text: str
    inside: Answer
    outside: Answer

    def answer(self, value: str | None) -> Answer:
        if not self.text or value is None or self._holds(float(value)):
            return self.inside
        return self.outside

    def _holds(self, number: float) -> bool:
        low, dash, high = self.text.partition("-")
        if dash:
            return float(low) <= number <= float(high)
        return number in map(float, self.text.split(","))


_SIGNS = {"+": Answer.WORKS, "-": Answer.FAILS, "?": Answer.DOUBTFUL}


def _cell(text: str) -> _Cell:
    if text in _SIGNS:
        return _Cell("", _SIGNS[text], _SIGNS[text])
    inside = Answer.DOUBTFUL if text.startswith("?") else Answer.WORKS
    return _Cell(text.strip("?"), inside, Answer.DOUBTFUL if text.endswith("?") else Answer.FAILS)


_TABLE = {
    row: {model: _cell(text) for models, text in zip(_COLUMNS.values(), cells.split(), strict=True) for model in models}
    for row, cells in _ROWS.items()
}


def rows() -> tuple[str, ...]:
    """The flags that some model does not know, and `::`."""
    return tuple(row for row in _ROWS if " " not in row)


def answer(flag: str, value: str | None, model: Model) -> Answer:
    """What the model makes of the flag with this value. `WORKS` for a model or a flag that the table does not hold."""
    cell = _TABLE.get(_row(flag, value), {}).get(model)
    return Answer.WORKS if cell is None else cell.answer(value)


def values(flag: str, model: Model) -> str:
    """The values of the flag that the model takes, such as `1, 2 or 4`; empty when it takes all or none."""
    cell = _TABLE.get(flag, {}).get(model)
    if cell is None or not cell.text:
        return ""
    low, dash, high = cell.text.partition("-")
    return f"{low} to {high}" if dash else listed(cell.text.split(","), "or")


def knowing(flag: str, value: str | None) -> list[Model]:
    """The models that know the flag with this value, current ones only where there are any."""
    found = [model for model in MODELS if answer(flag, value, model) is Answer.WORKS]
    return [model for model in found if model in CURRENT] or found


def is_newer(model: Model) -> bool:
    """Whether the model is newer than all of its name in the table."""
    return model.version > max(each.version for each in MODELS if each.name == model.name)


def named(models: Iterable[Model], conjunction: str) -> str:
    """The models as part of a sentence: `version 6.1, 6 or niji 6`."""
    names: list[str] = []
    for model in models:
        names.append(f"{model.version:g}" if names and model.name == "v" else str(model))
    return listed(names, conjunction)


def listed(parts: Iterable[str], conjunction: str) -> str:
    """The parts with commas between them, and the conjunction before the last one."""
    *first, last = parts
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def _row(flag: str, value: str | None) -> str:
    return "style code" if flag == "style" and value not in NIJI_STYLES else flag
