"""Escaping, shortening and formatting text for messages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import clean_text
from bot.ui.base.text import about, age, alt_text, asked_by, duration, escape, progress_bar, shorten
from tests.bot.ui.markdown_reader import read

CONSTRUCTS = (
    "@everyone",
    "@here",
    "<@123456789012345678>",
    "<@!123456789012345678>",
    "<@&123456789012345678>",
    "<#123456789012345678>",
    "</imagine:123456789012345678>",
    "<:fox:123456789012345678>",
    "<a:fox:123456789012345678>",
    "<t:1700000000:R>",
    "<id:customize>",
    "<https://example.com/a_b>",
    "**bold**",
    "__under__ _slanted_ *slanted*",
    "~~struck~~",
    "||spoiler||",
    "`code`",
    "```block```",
    "# heading",
    "### heading",
    "-# small",
    "- item",
    "* item",
    "+ item",
    "1. item",
    "2) item",
    "> quote",
    ">>> quote",
    "[text](https://example.com)",
    "https://example.com/a_b",
    ":fox_face:",
    "@\u200beveryone",
    "<\u202e@123456789012345678>",
)
CHARACTERS = tuple(r"\*_~|`<>#-+[]():/@1.a ")
PIECES = (*CONSTRUCTS, *CHARACTERS, "here", "\n", "\u200b", "\u202e", "👩🏽‍🚀", "e\u0301", "\u0d4e")
TEXTS = st.one_of(
    st.sampled_from(PIECES).map(lambda piece: (piece * 1000)[:1000]),
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)


@pytest.mark.parametrize("text", CONSTRUCTS[:-2])
def test_the_reader_detects_constructs(text: str) -> None:
    """The markdown reader of these tests detects each construct."""
    assert read(text).active


@pytest.mark.parametrize("text", CONSTRUCTS)
def test_escaped_constructs_have_no_effect(text: str) -> None:
    """Each construct of Discord's markdown is shown literally once escaped."""
    reading = read(escape(text))
    assert reading.active == ()
    assert reading.shown.replace("@\u200b", "@") == clean_text(text)


@given(TEXTS)
def test_a_members_name_has_no_effect(name: str) -> None:
    """A display name of any kind pings no other member, is no markdown and stays in its line."""
    who = asked_by(7, name)
    assert who.endswith("<@7>")
    assert len(who.splitlines()) == 1
    assert len(who) <= 90
    assert read(who).active == ("<@7>", "<@7>")


def test_a_members_name_stands_beside_the_mention() -> None:
    """Without a visible letter there is the mention alone; a name from right to left does not turn the line around."""
    assert asked_by(7, "Mia *K*") == r"Mia \*K\* <@7>"
    assert asked_by(7, "\u200b \u3164") == "<@7>"
    assert asked_by(7, "\u05de\u05d9\u05d4") == "\u2068\u05de\u05d9\u05d4\u2069 <@7>"


@given(TEXTS)
def test_escaped_text_is_shown_as_typed(text: str) -> None:
    """Escaped text is one line that shows every character and has no mention, markdown, link or emoji code.

    The only added character is the invisible one inside mentions.
    """
    escaped = escape(text)
    reading = read(escaped)
    assert reading.active == ()
    assert reading.shown.replace("@\u200b", "@") == clean_text(text)
    assert "\n" not in escaped


@given(TEXTS, st.integers(0, 60))
def test_shortened_text_stays_escaped(text: str, limit: int) -> None:
    """Shortening escaped text never breaks an escape."""
    short = shorten(escape(text), limit)
    reading = read(short)
    assert len(short) <= limit
    assert reading.active == ()
    assert clean_text(text).startswith(reading.shown.replace("@\u200b", "@").removesuffix("…"))


@given(TEXTS, st.integers(1, 300))
def test_shortened_text_is_a_beginning(text: str, limit: int) -> None:
    """Shortened text is the beginning, with an ellipsis only if something is missing."""
    short = shorten(text, limit)
    assert short == text or text.startswith(short.removesuffix("…"))
    assert (short == text) is (len(text) <= limit)


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("a red fox", 9, "a red fox"),
        ("a red fox", 8, "a red f…"),
        ("a red fox", 7, "a red…"),
        (r"ab\*cd", 5, r"ab\*…"),
        (r"ab\*cd", 4, "ab…"),
        ("ab👩🏽‍🚀cd", 6, "ab…"),
        ("ab👩🏽‍🚀cd", 7, "ab👩🏽‍🚀…"),
        ("🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", 5, "\u1112\u1161\u11ab…"),
        ("\u0d4e\\*ab", 4, "\u0d4e\\*…"),
        ("\u0d4e\\*ab", 3, "…"),
        ("\u0d4e\\\\\\*b", 5, "\u0d4e\\\\…"),
        ("ab\\", 2, "a…"),
        ("a" + "\u0301" * 500, 10, "…"),
        ("fox", 1, "…"),
        ("fox", 0, ""),
    ],
)
def test_graphemes_are_not_cut(text: str, limit: int, short: str) -> None:
    """Escapes, emoji sequences, flags, accents and syllables are not cut apart."""
    assert shorten(text, limit) == short


def test_alt_text_is_plain_and_fits() -> None:
    """Alt text is unescaped, at most 1024 characters, and never empty."""
    assert alt_text("a *red* fox\n\u202e") == "Picture made from the prompt: a *red* fox"
    assert alt_text(" \u200b") == "Picture"
    assert len(alt_text("fox " * 2000)) <= 1024


@pytest.mark.parametrize(
    ("percent", "bar"),
    [(0, "▱▱▱▱"), (24, "▱▱▱▱"), (25, "▰▱▱▱"), (99, "▰▰▰▱"), (100, "▰▰▰▰"), (-5, "▱▱▱▱"), (250, "▰▰▰▰")],
)
def test_the_bar_is_full_only_at_the_end(percent: float, bar: str) -> None:
    """The progress bar has a fixed width and is full only at 100 %."""
    assert progress_bar(percent, 4) == bar


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (48.9, "48 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (3785, "1 h 3 min"),
        (90_000, "25 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """A duration has at most two units, none of them zero."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 d ago"),
        (400 * 86400, "400 d ago"),
    ],
)
def test_ages_have_one_unit(seconds: int, text: str) -> None:
    """An age has one unit, and a future time counts as now."""
    now = datetime.now(UTC)
    assert age(now - timedelta(seconds=seconds), now) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "about 10 s"),
        (0, "about 10 s"),
        (31, "about 40 s"),
        (50, "about 50 s"),
        (51, "about 1 min"),
        (100, "about 2 min"),
        (13 * 60, "about 15 min"),
        (58 * 60, "about 1 h"),
        (5 * 3600, "about 5 h"),
    ],
)
def test_expected_times_are_coarse(seconds: float, words: str) -> None:
    """Estimated times are rounded to ten seconds, a minute, five minutes or an hour."""
    assert about(seconds) == words


def test_expected_time_seldom_changes() -> None:
    """Over an hour the estimate has fewer than 30 different texts."""
    assert len({about(seconds) for seconds in range(3600)}) < 30
