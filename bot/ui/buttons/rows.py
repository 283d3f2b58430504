"""The rows of buttons and menus under a finished job."""

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

_MAX_COMPONENTS = 36
"""Rows, buttons and menus that fit into a message beside its container, text and gallery (40 in all)."""


def result_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """The rows for everything that can be done with a finished job."""
    if job.texts:
        yield from prompt_rows(job)
        return
    extra_rows = [*_extend_rows(job), *_singles_row(job)]
    left = _MAX_COMPONENTS - sum(map(_component_count, extra_rows))
    for row in follow_up_rows(job):
        left -= _component_count(row)
        if left >= 0:
            yield row
    yield from extra_rows


def prompt_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """The rows under a described picture: one button per prompt, describe again, imagine all."""
    shown = len(job.texts[:MAX_PROMPTS])
    yield action_row(
        *(PromptButton.build(job.id, number) for number in range(1, shown + 1)), DescribeAgainButton.build(job.id)
    )
    if shown > 1:
        yield action_row(ImagineAllButton.build(job.id))


def follow_up_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """The follow-ups in the order Midjourney users expect: rows of buttons, then menus."""
    layout = arrange(job.buttons)
    for row in layout.rows:
        yield action_row(*(FollowUpButton.build(button, job.id, _index(job, button)) for button in row))
    for part, menu in enumerate(layout.menus):
        choices = [(_index(job, button), button) for button in menu]
        yield action_row(MoreMenu.build(choices, job.id, part))


def _extend_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Rows with an Extend button for each video of the job."""
    videos = range(min(len(job.videos), MAX_FILES))
    for start in videos[::ROW_SIZE]:
        row = videos[start : start + ROW_SIZE]
        yield action_row(*(ExtendButton.build(job.id, index, only_one=len(videos) == 1) for index in row))


def _singles_row(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    if has_singles(job):
        yield action_row(SinglesButton.build(job.id))


def _component_count(row: ui.ActionRow[Any]) -> int:
    return 1 + len(row.children)


def _index(job: JobRecord, follow_up: FollowUp) -> int:
    return job.buttons.index(follow_up.label)
