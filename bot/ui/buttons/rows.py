"""Rows of buttons: any items in a row, and the follow-ups of a finished job."""

from collections.abc import Iterator
from typing import Any

from discord import ui

from bot.services.follow_ups.layout import ROW_SIZE, FollowUp, arrange
from bot.services.images.results import MAX_FILES
from bot.store import JobRecord
from bot.ui.base.message import action_row
from bot.ui.buttons.describe import MAX_PROMPTS, DescribeAgainButton, ImagineAllButton, PromptButton
from bot.ui.buttons.job_buttons import FollowUpButton, MoreMenu
from bot.ui.buttons.singles import SinglesButton, has_singles
from bot.ui.buttons.video import ExtendButton

_ROOM = 36
"""Rows, buttons and menus for which a message has room beside the box, its text and its gallery."""


def result_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Everything that can be done with a finished job."""
    if job.texts:
        yield from prompt_rows(job)
        return
    own = [*_extend_rows(job), *_singles_row(job)]
    room = _ROOM - sum(map(_size, own))
    for row in follow_up_rows(job):
        room -= _size(row)
        if room >= 0:
            yield row
    yield from own


def prompt_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """A described picture's prompts by number, the picture once more, and all prompts together."""
    shown = len(job.texts[:MAX_PROMPTS])
    yield action_row(
        *(PromptButton.build(job.id, number) for number in range(1, shown + 1)), DescribeAgainButton.build(job.id)
    )
    if shown > 1:
        yield action_row(ImagineAllButton.build(job.id))


def follow_up_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Rows in the order Midjourney users expect, then menus; nothing for a job without buttons."""
    layout = arrange(job.buttons)
    for row in layout.rows:
        yield action_row(*(FollowUpButton.build(button, job.id, _index(job, button)) for button in row))
    for part, menu in enumerate(layout.menus):
        choices = [(_index(job, button), button) for button in menu]
        yield action_row(MoreMenu.build(choices, job.id, part))


def _extend_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """A button for each video of the job."""
    videos = range(min(len(job.videos), MAX_FILES))
    for start in videos[::ROW_SIZE]:
        row = videos[start : start + ROW_SIZE]
        yield action_row(*(ExtendButton.build(job.id, index, alone=len(videos) == 1) for index in row))


def _singles_row(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    if has_singles(job):
        yield action_row(SinglesButton.build(job.id))


def _size(row: ui.ActionRow[Any]) -> int:
    return 1 + len(row.children)


def _index(job: JobRecord, follow_up: FollowUp) -> int:
    return job.buttons.index(follow_up.label)
