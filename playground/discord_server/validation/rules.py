"""A small language for the shape of request bodies; its complaints are worded as Discord's."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .problems import Path, Problems


class Rule(Protocol):
    """Something a value must satisfy."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        """Note what is wrong with the value."""
        ...


@dataclass(frozen=True)
class Text:
    """A string whose length lies between two limits."""

    least: int = 0
    most: int | None = None
    pattern: re.Pattern[str] | None = None

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif not self.least <= len(value) <= (len(value) if self.most is None else self.most):
            problems.add(path, *self._length())
        elif self.pattern and not self.pattern.fullmatch(value):
            problems.add(path, "STRING_TYPE_REGEX", "String value did not match validation regex.")

    def _length(self) -> tuple[str, str]:
        if self.most is None:
            return "BASE_TYPE_MIN_LENGTH", f"Must be {self.least} or more in length."
        if self.least == 0:
            return "BASE_TYPE_MAX_LENGTH", f"Must be {self.most} or fewer in length."
        return "BASE_TYPE_BAD_LENGTH", f"Must be between {self.least} and {self.most} in length."


@dataclass(frozen=True)
class Number:
    """An integer, or with `whole=False` any number, within bounds."""

    least: float | None = None
    most: float | None = None
    whole: bool = True

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        kind = "int" if self.whole else "float"
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not {kind}.')
        elif self.least is not None and value < self.least:
            message = f"{kind} value should be greater than or equal to {self.least}."
            problems.add(path, "NUMBER_TYPE_MIN", message)
        elif self.most is not None and value > self.most:
            message = f"{kind} value should be less than or equal to {self.most}."
            problems.add(path, "NUMBER_TYPE_MAX", message)


@dataclass(frozen=True)
class Boolean:
    """True or false."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, bool):
            problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


@dataclass(frozen=True)
class Snowflake:
    """An id, as text or number."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,20}", str(value)):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    values: Sequence[Any]

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool | dict | list) or value not in self.values:
            listed = ", ".join(str(each) for each in self.values)
            problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


@dataclass(frozen=True)
class Items:
    """A list whose items all satisfy a rule."""

    rule: Rule
    least: int = 0
    most: int | None = None
    unique: bool = False

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if not self.least <= len(value) <= (len(value) if self.most is None else self.most):
            bounds = f"Must be between {self.least} and {self.most} in length."
            problems.add(path, "BASE_TYPE_BAD_LENGTH", bounds)
        for index, item in enumerate(value):
            self.rule.check(item, (*path, index), problems)
            if self.unique and item in value[:index]:
                problems.add((*path, index), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value.")


@dataclass(frozen=True)
class Fields:
    """An object with known fields; null counts as absent, what is not known is ignored, as Discord does."""

    rules: Mapping[str, Rule]
    required: Sequence[str] = ()
    also: Callable[[Any, Path, Problems], None] | None = field(default=None)

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        before = len(problems)
        for name in self.required:
            if value.get(name) is None:
                problems.add((*path, name), "BASE_TYPE_REQUIRED", "This field is required")
        for name, rule in self.rules.items():
            if value.get(name) is not None:
                rule.check(value[name], (*path, name), problems)
        if self.also and len(problems) == before:
            self.also(value, path, problems)


@dataclass(frozen=True)
class Anything:
    """No rule."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        """Accept it."""


@dataclass(frozen=True)
class Later:
    """A rule that is defined further down, for structures that contain themselves."""

    rule: Callable[[], Rule]

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        self.rule().check(value, path, problems)
