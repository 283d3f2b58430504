"""Rows of buttons: any items in a row, and the follow-ups of a finished job."""

from collections.abc import Iterator
from typing import Any

from discord import ui

from bot.services.buttons import FollowUp, arrange
from bot.store import JobRecord
from bot.ui.action_row import action_row
from bot.ui.job_buttons import MoreMenu, PressButton
from bot.ui.singles import SinglesButton, has_singles

# With four rows of five, the row of Singles, a text and a picture these are as many as a message has room for.
_MAX_MENUS = 5


def result_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Everything that can be done with a finished job."""
    yield from follow_up_rows(job)
    if has_singles(job):
        yield action_row(SinglesButton.showing(job.id))


def follow_up_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Rows in the order Midjourney users expect, then menus; nothing for a job without buttons."""
    layout = arrange(job.buttons)
    for row in layout.rows:
        yield action_row(*(PressButton.showing(button, job.id, _index(job, button)) for button in row))
    for part, menu in enumerate(layout.menus[:_MAX_MENUS]):
        choices = [(_index(job, button), button) for button in menu]
        yield action_row(MoreMenu.showing(choices, job.id, part))


def _index(job: JobRecord, follow_up: FollowUp) -> int:
    return job.buttons.index(follow_up.label)
