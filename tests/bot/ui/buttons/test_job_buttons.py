"""The custom_ids of job buttons: short, versioned, and read back as they were written."""

import re
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.services.follow_ups.layout import follow_up
from bot.ui.base.persistent import JobItem
from bot.ui.buttons.job_buttons import ITEMS, CancelButton, FollowUpButton, MoreMenu, RetryButton
from tests.bot.ui.records import TEXTS

JOB_IDS = st.from_regex(r"[A-Za-z0-9_-]{12}", fullmatch=True)


def served_by(custom_id: str) -> list[type[Any]]:
    """The registered items whose template fits."""
    return [item for item in ITEMS if item.__discord_ui_compiled_template__.fullmatch(custom_id)]


@given(JOB_IDS, st.integers(0, 999), TEXTS.filter(bool))
def test_every_button_finds_its_own_class(job_id: str, index: int, label: str) -> None:
    """Whatever the label, the custom_id fits one registered class, within a hundred characters."""
    shown: dict[type[Any], JobItem[Any]] = {
        FollowUpButton: FollowUpButton.build(follow_up(label), job_id, index),
        MoreMenu: MoreMenu.build([(index, follow_up(label))], job_id, index % 6),
        CancelButton: CancelButton.build(job_id),
        RetryButton: RetryButton.build(job_id),
    }
    for kind, item in shown.items():
        assert served_by(item.custom_id) == [kind]
        assert item.custom_id.startswith("ip1:")
        assert len(item.custom_id) <= 100


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "ip1:press",
        "ip1:press:abc",
        "ip1:press:abc:1234",
        "ip1:press:a b:1",
        "ip2:cancel:abc",
        "x" * 100,
        "ip1:none:a",
    ],
)
def test_foreign_custom_ids_are_left_to_others(custom_id: str) -> None:
    """What was not written here is not read here."""
    assert served_by(custom_id) == []


async def test_press_is_read_back_from_its_custom_id() -> None:
    """Job and index come back as they were put in."""
    item = FollowUpButton.build(follow_up("U2"), "abc", 41)
    match = FollowUpButton.__discord_ui_compiled_template__.fullmatch(item.custom_id)
    read = await FollowUpButton.from_custom_id(cast(Any, None), item.item, cast("re.Match[str]", match))
    assert (read.job_id, read.number) == ("abc", 41)


async def test_error_in_a_press_is_reported() -> None:
    """discord.py would only log it, and the member would read that the interaction failed."""
    seen: list[BaseException] = []

    async def report(_: object, error: BaseException) -> None:
        seen.append(error)

    class Failing(JobItem[ui.Button[Any]], template="test:failing"):
        async def run(self, interaction: discord.Interaction[Any]) -> None:
            """Fail."""
            raise ZeroDivisionError

    interaction = cast(Any, SimpleNamespace(client=SimpleNamespace(report=report)))
    await Failing(ui.Button(custom_id="test:failing"), "abc").callback(interaction)
    assert [type(error) for error in seen] == [ZeroDivisionError]


def test_reroll_is_its_emoji_alone() -> None:
    """The first row is as narrow as Midjourney's."""
    button = FollowUpButton.build(follow_up("🔄"), "abc", 4).item
    assert button.label is None
    assert str(button.emoji) == "🔄"


def test_menu_describes_what_it_offers() -> None:
    """Known follow-ups have their sentence; a description that only repeats the label is left out."""
    menu = MoreMenu.build([(0, follow_up("U1")), (1, follow_up("Enchant"))], "abc", 0).item
    assert [(each.label, each.value, each.description) for each in menu.options] == [
        ("U1", "0", "Enlarge picture 1"),
        ("Enchant", "1", None),
    ]
