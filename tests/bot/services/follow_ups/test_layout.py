"""Follow-up buttons: their properties and their layout."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.follow_ups.catalog import is_hidden
from bot.services.follow_ups.layout import ButtonStyle, Layout, RowGroup, arrange, follow_up

GRID = ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
PANS = ["⬅️", "➡️", "⬆️", "⬇️"]
SINGLE = ["Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Vary (Strong)", "Vary (Region)"]
ZOOMS = ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "Make Square"]
ANIMATE = ["Animate (High motion)", "Animate (Low motion)"]
EXTEND = ["Extend (High motion)", "Extend (Low motion)"]
HIDDEN = ["Web", "❤️", "Cancel Job", "🔖", "✉️", "Favorite", ""]
LABELS = st.lists(
    st.one_of(
        st.sampled_from([*GRID, *PANS, *SINGLE, *ZOOMS, *ANIMATE, *EXTEND, *HIDDEN, "Remix"]), st.text(max_size=120)
    ),
    max_size=60,
)


def labels(layout: Layout) -> list[list[str]]:
    return [[button.label for button in row] for row in layout.rows]


def all_labels(layout: Layout) -> list[str]:
    return [button.label for row in (*layout.rows, layout.more) for button in row]


def test_grid_layout() -> None:
    """A grid has U1 to U4 and 🔄 in the first row and V1 to V4 in the second, in any input order."""
    layout = arrange(sorted(GRID))
    assert labels(layout) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
    assert layout.more == ()


def test_single_picture_layout() -> None:
    """A single picture has five rows of buttons and no menu; buttons for the site or running jobs are hidden."""
    layout = arrange([*ANIMATE, *PANS, *ZOOMS, *SINGLE, *HIDDEN])
    assert layout.more == ()
    assert labels(layout) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "Make Square"],
        PANS,
        ANIMATE,
    ]


@pytest.mark.parametrize("label", [*ANIMATE, *EXTEND])
def test_buttons_for_videos(label: str) -> None:
    """Animate and Extend have their text, an emoji, a row of their own and a description, and no published price."""
    button = follow_up(label)
    assert (button.text, button.emoji, button.row_group) == (label, button.emoji, RowGroup.ANIMATE)
    assert button.emoji
    assert "video" in button.description
    assert (button.repeatable, button.makes_video, button.cost_credits) == (True, True, None)
    assert not follow_up("U1").makes_video


def test_a_video_of_four_and_one_of_them() -> None:
    """U1 to U4 and 🔄 are under a video of four, Extend under one of them."""
    assert labels(arrange(["U1", "U2", "U3", "U4", "🔄", *HIDDEN])) == [["U1", "U2", "U3", "U4", "🔄"]]
    assert labels(arrange([*reversed(EXTEND), *HIDDEN])) == [EXTEND]


def test_redo_labels_alone() -> None:
    """After an upscale the Redo buttons are a row of their own, with text and emoji."""
    redo = [f"Redo Upscale ({how})" for how in ("Subtle", "Creative")]
    layout = arrange([*redo, *HIDDEN])
    assert labels(layout) == [redo]
    assert [(button.text, button.emoji) for button in layout.rows[0]] == [(label, "🔍") for label in redo]


@pytest.mark.parametrize(
    "label",
    [
        *("❤️", "❤", "❤\ufe0e", "🔖", "🔖\ufe0f", "✉️", "✉", "Favorite", "❤️ Favorite", "favorite", "Web", "🌐 Web"),
        *("", " ", "\ufe0f", "\u200b", "\u2060\u3164"),
    ],
)
def test_labels_of_no_use_here_are_hidden(label: str) -> None:
    """Labels for Midjourney's own site and labels without anything to read are hidden, with and without selectors."""
    assert all_labels(arrange([label, "U1"])) == ["U1"]


def test_vary_region_is_beside_other_variations() -> None:
    """Vary (Region) is in the row of the other variations."""
    layout = arrange(["Vary (Region)", "Vary (Strong)"])
    assert labels(layout) == [["Vary (Strong)", "Vary (Region)"]]


def test_overflow_goes_to_menus() -> None:
    """Buttons beyond the rows go into select menus of at most 25 options."""
    unknown = [f"Style {number}" for number in range(60)]
    layout = arrange([*unknown, *GRID], max_rows=3)
    assert labels(layout)[2] == unknown[:5]
    assert [len(menu) for menu in layout.menus] == [25, 25, 5]
    assert [button.label for button in layout.more] == unknown[5:]


def test_arrows_with_and_without_the_emoji_selector() -> None:
    """An arrow with and without the emoji selector is the same button, and its label is kept."""
    plain, styled = follow_up("⬅"), follow_up("⬅️")
    assert (plain.text, plain.emoji) == (styled.text, styled.emoji) == ("Left", "⬅️")
    assert (plain.label, styled.label) == ("⬅", "⬅️")
    assert labels(arrange(["⬅️", "⬅"])) == [["⬅️"]]


def test_a_leading_emoji_is_ignored() -> None:
    """A label with an emoji in front is recognised and kept."""
    button = follow_up("🔍 Zoom Out 2x")
    assert (button.label, button.text) == ("🔍 Zoom Out 2x", "Zoom Out 2x")
    assert button.row_group == follow_up("Zoom Out 1.5x").row_group


def test_only_upscales_are_not_repeatable() -> None:
    """U1–U4 and the upscales are not repeatable; all other buttons are."""
    assert [follow_up(label).repeatable for label in ("U1", "U4", "Upscale (Subtle)", "Upscale (4x)")] == [False] * 4
    again = ["V1", "🔄", "Vary (Strong)", "Zoom Out 2x", "➡️", "Make Square", "Redo Upscale (2x)", "New one"]
    assert [follow_up(label).repeatable for label in again] == [True] * 8


def test_published_prices() -> None:
    """Upscales and variations cost five credits; other prices are unknown."""
    assert [follow_up(label).cost_credits for label in ("U1", "V3", "Vary (Subtle)", "Upscale (2x)")] == [5] * 4
    assert [follow_up(label).cost_credits for label in ("🔄", "Zoom Out 2x", "⬆️", "Odd")] == [None] * 4


def test_styles_and_emoji_of_known_buttons() -> None:
    """🔄 is primary, Cancel Job is danger, and U and V have no emoji."""
    assert (follow_up("🔄").style, follow_up("🔄").emoji) == (ButtonStyle.PRIMARY, "🔄")
    assert (follow_up("U1").style, follow_up("U1").emoji) == (ButtonStyle.SECONDARY, None)
    assert follow_up("Cancel Job").style is ButtonStyle.DANGER


@given(st.text(max_size=300))
def test_any_label_is_kept(label: str) -> None:
    """Any label is kept exactly, and its text fits a Discord button and is not blank."""
    button = follow_up(label)
    assert button.label == label
    assert 0 < len(button.text.strip()) <= 80
    assert 0 < len(button.description) <= 100


@given(LABELS, st.integers(0, 5))
def test_every_label_appears_once(given_labels: list[str], max_rows: int) -> None:
    """Every visible label appears exactly once, and rows and menus keep Discord's limits."""
    layout = arrange(given_labels, max_rows=max_rows)
    shown = [_without_selectors(label) for label in all_labels(layout)]
    wanted = {_without_selectors(label) for label in given_labels if not is_hidden(label)}
    assert Counter(shown) == Counter(wanted)
    assert set(all_labels(layout)) <= set(given_labels)
    assert len(layout.rows) <= max_rows
    assert all(1 <= len(row) <= 5 for row in layout.rows)
    assert [button for menu in layout.menus for button in menu] == list(layout.more)
    assert all(len(menu) <= 25 for menu in layout.menus)


def _without_selectors(label: str) -> str:
    return label.replace("\ufe0f", "").replace("\ufe0e", "")
