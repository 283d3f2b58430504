"""What a kind of trouble is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trouble. `weight` is how often it occurs in each round.

    `begin` makes the choices by the generator it is given, and returns what it did, or "" if it could not.
    """

    weight: int
    begin: Callable[[Random], Awaitable[str]]


Kinds = dict[str, Kind]
"""Kinds of trouble by their names."""
