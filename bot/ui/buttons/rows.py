"""The rows of buttons and menus under a finished job."""

from collections.abc import Iterator
from typing import Any

from discord import ui

from bot.services.follow_ups.catalog import extends_video
from bot.services.follow_ups.layout import MAX_ROWS, ROW_SIZE, FollowUp, arrange
from bot.services.images.results import MAX_FILES
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind
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
    yield from _fitting_rows(job, left)
    yield from extra_rows


def _fitting_rows(job: JobRecord, most: int) -> list[ui.ActionRow[Any]]:
    """The follow-ups in at most this number of components: the fewer rows of buttons fit, the more is in menus."""
    for max_rows in range(MAX_ROWS, 0, -1):
        rows = list(follow_up_rows(job, max_rows))
        if sum(map(_component_count, rows)) <= most:
            return rows
    # A menu and its row are two components.
    return list(follow_up_rows(job, 0))[: most // 2]


def prompt_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """The rows under a described picture: one button per prompt, describe again, imagine all."""
    shown = len(job.texts[:MAX_PROMPTS])
    yield action_row(
        *(PromptButton.build(job.id, number) for number in range(1, shown + 1)), DescribeAgainButton.build(job.id)
    )
    if shown > 1:
        yield action_row(ImagineAllButton.build(job.id))


def follow_up_rows(job: JobRecord, max_rows: int = MAX_ROWS) -> Iterator[ui.ActionRow[Any]]:
    """The follow-ups in the order Midjourney users expect: rows of buttons, then menus."""
    layout = arrange(job.buttons, max_rows=max_rows)
    for row in layout.rows:
        yield action_row(*(FollowUpButton.build(button, job.id, _index(job, button)) for button in row))
    for part, menu in enumerate(layout.menus):
        choices = [(_index(job, button), button) for button in menu]
        yield action_row(MoreMenu.build(choices, job.id, part))


def _extend_rows(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    """Rows with an Extend button for each video of the job, for the API's call for videos made by its own call.

    Other videos are extended by buttons that the API offers.
    """
    videos = range(min(len(job.videos), MAX_FILES) if _has_extend_call(job) else 0)
    for start in videos[::ROW_SIZE]:
        row = videos[start : start + ROW_SIZE]
        yield action_row(*(ExtendButton.build(job.id, index, only_one=len(videos) == 1) for index in row))


def _has_extend_call(job: JobRecord) -> bool:
    if request_of(job).result is not ResultKind.VIDEO:
        return False
    # With several videos the API's buttons don't say which one they extend.
    return len(job.videos) > 1 or not any(map(extends_video, job.buttons))


def _singles_row(job: JobRecord) -> Iterator[ui.ActionRow[Any]]:
    if has_singles(job):
        yield action_row(SinglesButton.build(job.id))


def _component_count(row: ui.ActionRow[Any]) -> int:
    return 1 + len(row.children)


def _index(job: JobRecord, follow_up: FollowUp) -> int:
    return job.buttons.index(follow_up.label)
