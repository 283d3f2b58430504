"""The rows and menus in which the follow-up buttons of a finished picture are shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.services.follow_ups.catalog import ButtonStyle, FollowUp, RowGroup, follow_up, is_hidden, normalized_label

__all__ = ["ButtonStyle", "FollowUp", "Layout", "RowGroup", "arrange", "follow_up"]

ROW_SIZE = 5
MENU_SIZE = 25
MAX_ROWS = 5
"""As many as a single picture has groups: upscale, vary, zoom, pan, animate."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Buttons in rows of at most 5; `more` are the rest, for select menus."""

    rows: tuple[tuple[FollowUp, ...], ...]
    more: tuple[FollowUp, ...]

    @property
    def labels(self) -> frozenset[str]:
        """The exact labels of all buttons."""
        return frozenset(button.label for row in (*self.rows, self.more) for button in row)

    @property
    def menus(self) -> tuple[tuple[FollowUp, ...], ...]:
        """`more` in parts of at most 25, the size of a select menu."""
        return tuple(_parts(self.more, MENU_SIZE))


def arrange(labels: Sequence[str], *, max_rows: int = MAX_ROWS) -> Layout:
    """The buttons of an API answer, each once, in the rows that Midjourney users expect.

    Leaves out those that only Midjourney's own site or the running job uses, and those without a name.
    """
    shown = sorted(_offered(labels), key=lambda button: (button.row_group, button.place))
    rows = [row for _, group in groupby(shown, key=lambda b: b.row_group) for row in _parts(tuple(group))]
    return Layout(tuple(rows[:max_rows]), tuple(button for row in rows[max_rows:] for button in row))


def _offered(labels: Iterable[str]) -> Iterator[FollowUp]:
    seen: set[str] = set()
    for label in labels:
        button = normalized_label(label)
        if button not in seen and not is_hidden(label):
            seen.add(button)
            yield follow_up(label)


def _parts(buttons: tuple[FollowUp, ...], size: int = ROW_SIZE) -> Iterator[tuple[FollowUp, ...]]:
    for start in range(0, len(buttons), size):
        yield buttons[start : start + size]
