"""Rows of follow-up buttons: every button of the API can be reached."""

import pytest
from hypothesis import example, given

from bot.services.follow_ups.layout import arrange
from bot.services.presenter import JobEnding
from bot.store import JobKind, JobState
from bot.ui.buttons.rows import action_row, follow_up_rows, result_rows
from bot.ui.job.view import ended_message
from bot.ui.registry import ITEMS
from tests.bot.ui.records import LABELS, PICTURE, job


@example(tuple(f"Button {n}" for n in range(60)))
@given(LABELS)
def test_videos_with_buttons_fit_into_a_message(labels: tuple[str, ...]) -> None:
    """Any number of videos and buttons fits into a message, with an Extend for each shown video."""
    details = {"start": "https://example.com/1.png", "end": "https://example.com/2.png"}
    videos = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(12))
    record = job(kind=JobKind.VIDEO, state=JobState.DONE, details=details, videos=videos, buttons=labels)
    view = ended_message(JobEnding(job=record, uploads=(PICTURE,))).view
    assert view.total_children_count <= 40
    assert str(view.to_components()).count("ip1:extend:") == 10


@given(LABELS)
def test_every_offered_button_can_be_reached(labels: tuple[str, ...]) -> None:
    """Buttons and menu options cover every visible label exactly once."""
    record = job(buttons=labels)
    reached: list[str] = []
    for row in follow_up_rows(record):
        for item in row.to_component_dict()["components"]:
            values = [each["value"] for each in item.get("options", [])] or [str(item["custom_id"]).split(":")[3]]
            reached += [record.buttons[int(value)] for value in values]
    assert len(reached) == len(set(reached))
    assert set(reached) == set(arrange(labels).labels)


def test_job_without_buttons_has_no_rows() -> None:
    """Without visible buttons there are no rows."""
    assert list(follow_up_rows(job(buttons=()))) == []
    assert list(follow_up_rows(job(buttons=("Cancel Job", "❤️", "Web")))) == []


def test_rows_give_way_to_menus() -> None:
    """Where rows of buttons don't fit beside those of the videos, a menu has the rest."""
    details = {"start": "https://example.com/1.png", "end": "https://example.com/2.png"}
    videos = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(10))
    labels = tuple(f"Button {n}" for n in range(60))
    record = job(kind=JobKind.VIDEO, details=details, videos=videos, buttons=labels)
    found = str([row.to_component_dict() for row in result_rows(record)])
    assert all(f"'Button {n}'" in found for n in range(60))


@pytest.mark.parametrize(
    ("kind", "count", "buttons", "extends"),
    [
        (JobKind.FOLLOW_UP, 1, ("Extend (High motion)", "Extend (Low motion)"), 0),
        (JobKind.FOLLOW_UP, 1, ("U1", "U2", "U3", "U4"), 0),
        (JobKind.EXTEND_VIDEO, 1, ("Extend (High motion)", "Extend (Low motion)"), 0),
        (JobKind.EXTEND_VIDEO, 2, ("Extend (High motion)", "Extend (Low motion)"), 2),
        (JobKind.EXTEND_VIDEO, 1, ("U1",), 1),
    ],
)
def test_one_way_to_extend_a_video(kind: JobKind, count: int, buttons: tuple[str, ...], extends: int) -> None:
    """A video has the API's own Extend buttons where it offers some, else the bot's under videos of the video calls."""
    videos = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(count))
    found = str([row.to_component_dict() for row in result_rows(job(kind=kind, videos=videos, buttons=buttons))])
    assert (found.count("ip1:extend:"), found.count("ip1:press:")) == (extends, len(buttons))


def test_row_keeps_its_items_in_order() -> None:
    """An action row keeps its items in order."""
    rows = list(follow_up_rows(job(buttons=("V1", "U1", "U2"))))
    assert [len(row.children) for row in rows] == [2, 1]
    assert len(action_row(*rows[0].children).children) == 2


@pytest.mark.parametrize(
    ("count", "rows"),
    [
        (1, [["Extend"]]),
        (2, [["Extend 1", "Extend 2"]]),
        (7, [[f"Extend {n}" for n in range(1, 6)], ["Extend 6", "Extend 7"]]),
        (12, [[f"Extend {n}" for n in range(1, 6)], [f"Extend {n}" for n in range(6, 11)]]),
    ],
)
def test_every_video_can_be_extended(count: int, rows: list[list[str]]) -> None:
    """Each shown video has its own Extend button with a matching custom_id."""
    details = {"start": "https://example.com/1.png", "end": "https://example.com/2.png"}
    videos = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(count))
    record = job(kind=JobKind.VIDEO, details=details, videos=videos)
    found = [row.to_component_dict()["components"] for row in result_rows(record)]
    assert [[item["label"] for item in row] for row in found] == rows  # pyright: ignore[reportTypedDictNotRequiredAccess]
    ids = [str(item["custom_id"]) for row in found for item in row]  # pyright: ignore[reportTypedDictNotRequiredAccess,reportGeneralTypeIssues]
    assert [custom_id.rpartition(":")[2] for custom_id in ids] == [str(n) for n in range(len(ids))]
    for custom_id in ids:
        assert len([item for item in ITEMS if item.__discord_ui_compiled_template__.fullmatch(custom_id)]) == 1
