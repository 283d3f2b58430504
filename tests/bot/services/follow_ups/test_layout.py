"""Follow-up buttons: what they mean and where they stand."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.services.follow_ups.layout import ButtonStyle, Layout, arrange, follow_up

GRID = ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
PANS = ["⬅️", "➡️", "⬆️", "⬇️"]
SINGLE = ["Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Vary (Strong)", "Vary (Region)"]
ZOOMS = ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "Make Square"]
HIDDEN = ["Web", "❤️", "Cancel Job"]
LABELS = st.lists(
    st.one_of(st.sampled_from([*GRID, *PANS, *SINGLE, *ZOOMS, *HIDDEN, "Remix"]), st.text(max_size=120)), max_size=60
)


def labels(layout: Layout) -> list[list[str]]:
    return [[button.label for button in row] for row in layout.rows]


def everything(layout: Layout) -> list[str]:
    return [button.label for row in (*layout.rows, layout.more) for button in row]


def test_a_grid_looks_as_midjourney_users_know_it() -> None:
    """Four to enlarge and the reroll above, four to vary below, whatever the order they came in."""
    layout = arrange(sorted(GRID))
    assert labels(layout) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
    assert layout.more == ()


def test_a_single_picture_has_a_row_for_each_kind() -> None:
    """Upscale, vary, zoom and pan; what only the site or a running job uses is left out."""
    layout = arrange([*PANS, *ZOOMS, *SINGLE, *HIDDEN])
    assert labels(layout) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "Make Square"],
        PANS,
    ]


def test_buttons_that_ask_first_stand_beside_their_like() -> None:
    """Vary (Region) takes its place beside the other variations."""
    layout = arrange(["Vary (Region)", "Vary (Strong)"])
    assert labels(layout) == [["Vary (Strong)", "Vary (Region)"]]


def test_what_finds_no_row_goes_to_the_menus() -> None:
    """Rows are filled in order; the rest is kept in portions a select menu can hold."""
    unknown = [f"Style {number}" for number in range(60)]
    layout = arrange([*unknown, *GRID], max_rows=3)
    assert labels(layout)[2] == unknown[:5]
    assert [len(menu) for menu in layout.menus] == [25, 25, 5]
    assert [button.label for button in layout.more] == unknown[5:]


def test_arrows_are_known_with_and_without_the_emoji_selector() -> None:
    """Both spellings mean the same button, and each is sent back as it came."""
    plain, styled = follow_up("⬅"), follow_up("⬅️")
    assert (plain.text, plain.emoji) == (styled.text, styled.emoji) == ("Left", "⬅️")
    assert (plain.label, styled.label) == ("⬅", "⬅️")
    assert labels(arrange(["⬅️", "⬅"])) == [["⬅️"]]


def test_midjourneys_pictograms_do_not_hide_a_known_button() -> None:
    """A label with a pictogram in front is known, and sent back with it."""
    button = follow_up("🔍 Zoom Out 2x")
    assert (button.label, button.text) == ("🔍 Zoom Out 2x", "Zoom Out 2x")
    assert button.row_group == follow_up("Zoom Out 1.5x").row_group


def test_only_enlarging_leads_to_the_same_result() -> None:
    """U1–U4 and the upscales are not repeated; everything else gives something new each time."""
    assert [follow_up(label).repeatable for label in ("U1", "U4", "Upscale (Subtle)", "Upscale (4x)")] == [False] * 4
    again = ["V1", "🔄", "Vary (Strong)", "Zoom Out 2x", "➡️", "Make Square", "Redo Upscale (2x)", "New one"]
    assert [follow_up(label).repeatable for label in again] == [True] * 8


def test_prices_are_told_only_where_they_are_stated() -> None:
    """Five credits to enlarge or vary, unknown for the rest."""
    assert [follow_up(label).cost_credits for label in ("U1", "V3", "Vary (Subtle)", "Upscale (2x)")] == [5] * 4
    assert [follow_up(label).cost_credits for label in ("🔄", "Zoom Out 2x", "⬆️", "Odd")] == [None] * 4


def test_styles_and_emoji_of_known_buttons() -> None:
    """The reroll stands out, the rest is quiet; words carry a pictogram, U and V do not."""
    assert (follow_up("🔄").style, follow_up("🔄").emoji) == (ButtonStyle.PRIMARY, "🔄")
    assert (follow_up("U1").style, follow_up("U1").emoji) == (ButtonStyle.SECONDARY, None)
    assert follow_up("Cancel Job").style is ButtonStyle.DANGER


@given(st.text(max_size=300))
def test_any_label_can_be_shown_and_sent_back(label: str) -> None:
    """The label is kept to the letter, its text fits a Discord button and is never blank."""
    button = follow_up(label)
    assert button.label == label
    assert 0 < len(button.text.strip()) <= 80
    assert 0 < len(button.description) <= 100


@given(LABELS, st.integers(0, 5))
def test_nothing_is_lost_and_nothing_doubled(given_labels: list[str], max_rows: int) -> None:
    """Every label that is not hidden stands in exactly one place; rows and menus keep their sizes."""
    layout = arrange(given_labels, max_rows=max_rows)
    shown = [_without_selectors(label) for label in everything(layout)]
    wanted = {_without_selectors(label) for label in given_labels} - {_without_selectors(label) for label in HIDDEN}
    assert Counter(shown) == Counter(wanted)
    assert set(everything(layout)) <= set(given_labels)
    assert len(layout.rows) <= max_rows
    assert all(1 <= len(row) <= 5 for row in layout.rows)
    assert [button for menu in layout.menus for button in menu] == list(layout.more)
    assert all(len(menu) <= 25 for menu in layout.menus)


def _without_selectors(label: str) -> str:
    return label.replace("\ufe0f", "").replace("\ufe0e", "")
