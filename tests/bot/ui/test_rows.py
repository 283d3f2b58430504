"""Rows of follow-ups: everything the API offers has a place, and leads back to its label."""

from hypothesis import given

from bot.services.buttons import arrange
from bot.ui.rows import action_row, follow_up_rows
from tests.bot.ui.records import LABELS, job


@given(LABELS)
def test_every_offered_button_can_be_reached(labels: tuple[str, ...]) -> None:
    """Each button or menu entry carries the index of one label, and together they are all that are served."""
    record = job(buttons=labels)
    reached: list[str] = []
    for row in follow_up_rows(record):
        for item in row.to_component_dict()["components"]:
            values = [each["value"] for each in item.get("options", [])] or [str(item["custom_id"]).split(":")[3]]
            reached += [record.buttons[int(value)] for value in values]
    assert len(reached) == len(set(reached))
    assert set(reached) == set(arrange(labels).labels)


def test_job_without_buttons_has_no_rows() -> None:
    """Nothing to press, nothing to show: an empty row would be refused."""
    assert list(follow_up_rows(job(buttons=()))) == []
    assert list(follow_up_rows(job(buttons=("Cancel Job", "❤️", "Web")))) == []


def test_row_keeps_its_items_in_order() -> None:
    """An action row holds what it is given."""
    rows = list(follow_up_rows(job(buttons=("V1", "U1", "U2"))))
    assert [len(row.children) for row in rows] == [2, 1]
    assert len(action_row(*rows[0].children).children) == 2
