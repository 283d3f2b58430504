"""The custom_ids of job buttons: short, versioned and parsed back."""

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


def matching_items(custom_id: str) -> list[type[Any]]:
    """The registered items whose template matches."""
    return [item for item in ITEMS if item.__discord_ui_compiled_template__.fullmatch(custom_id)]


@given(JOB_IDS, st.integers(0, 999), TEXTS.filter(bool))
def test_every_button_finds_its_own_class(job_id: str, index: int, label: str) -> None:
    """For any label, the custom_id matches exactly one registered class and has at most 100 characters."""
    shown: dict[type[Any], JobItem[Any]] = {
        FollowUpButton: FollowUpButton.build(follow_up(label), job_id, index),
        MoreMenu: MoreMenu.build([(index, follow_up(label))], job_id, index % 6),
        CancelButton: CancelButton.build(job_id),
        RetryButton: RetryButton.build(job_id),
    }
    for kind, item in shown.items():
        assert matching_items(item.custom_id) == [kind]
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
def test_foreign_custom_ids_match_nothing(custom_id: str) -> None:
    """Foreign custom_ids match no registered class."""
    assert matching_items(custom_id) == []


async def test_press_is_parsed_from_its_custom_id() -> None:
    """Job id and index are read back from the custom_id."""
    item = FollowUpButton.build(follow_up("U2"), "abc", 41)
    match = FollowUpButton.__discord_ui_compiled_template__.fullmatch(item.custom_id)
    read = await FollowUpButton.from_custom_id(cast(Any, None), item.item, cast("re.Match[str]", match))
    assert (read.job_id, read.number) == ("abc", 41)


async def test_error_in_a_press_is_reported() -> None:
    """An error in a button's callback is reported, which discord.py alone would only log."""
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


def test_reroll_has_no_label() -> None:
    """🔄 has no label, so that the row is as narrow as Midjourney's."""
    button = FollowUpButton.build(follow_up("🔄"), "abc", 4).item
    assert button.label is None
    assert str(button.emoji) == "🔄"


def test_menu_describes_what_it_offers() -> None:
    """Menu options have a description, unless it would repeat the label."""
    menu = MoreMenu.build([(0, follow_up("U1")), (1, follow_up("Enchant"))], "abc", 0).item
    assert [(each.label, each.value, each.description) for each in menu.options] == [
        ("U1", "0", "Enlarge picture 1"),
        ("Enchant", "1", None),
    ]
