"""The tables of docs/api-coverage.md, as tests read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "api-coverage.md"
_HEAD = ("Entry", "Call", "Client", "In Discord", "Simulator", "Test", "Credits")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One entry of the API's navigation: its cells as written, and `setting` for calls that are not published."""

    entry: str
    call: str
    client: str
    discord: str
    simulator: str
    test: str
    credits: str
    setting: str = ""

    @property
    def calls(self) -> set[str]:
        """The calls in the row: `POST /nova/imagine`, for example."""
        return codes(self.call)

    @property
    def commands(self) -> set[str]:
        """The commands in the row: `/imagine` or `Apps → Remix`, for example."""
        return _commands(self.discord)


def codes(cell: str) -> set[str]:
    """The texts between backticks."""
    return set(_CODE.findall(cell))


def _commands(text: str) -> set[str]:
    typed = {code for code in codes(text) if code.startswith("/")}
    return typed | {f"Apps → {name}" for name in re.findall(r"\*Apps → ([^*]+)\*", text)}


def commands_without_call() -> set[str]:
    """The commands that make no API request."""
    return _commands(PAGE.read_text(encoding="utf-8").partition("\n## Without a call of their own\n")[2])


def rows() -> list[Row]:
    """The rows of all tables that map the API's navigation to the code."""
    return list(_rows(PAGE.read_text(encoding="utf-8")))


def _rows(page: str) -> Iterator[Row]:
    inside = False
    for line in page.splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if not line.startswith("|"):
            inside = False
        elif cells[: len(_HEAD)] == _HEAD:
            inside = True
        elif inside and set(line) - set("|-"):
            yield Row(*cells)
