"""Text of the API as words: never read as flags, never refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import (
    MAX_PROMPT,
    ImagineOptions,
    Mode,
    PromptError,
    compose_prompt,
    described_prompt,
    enhanced_prompt,
    expand_prompt,
)
from tests.bot.services.prompt.test_properties import PROMPTS

NO_OPTIONS = ImagineOptions()
TYPED = compose_prompt("https://h.example/a.png a fox --ar 3:2 --no text --relax", NO_OPTIONS)
DASHED = (
    "- ar 16:9",
    "-ar",
    "—raw",
    "light—no",
    "-- v 7",
    "- -s 5",
    "ー",
    "ーーar",
    "－－tile",
    "-p",
    "x-ar 16:9",
    "∷2",
)
ODD = (
    "www.h.example/a.png",
    "ftp://h",
    "[a](https://h.example/b.png)",
    "｛",
    "::2",
    "https://h/a.png,b",
    "-\ufe0f-c 5",
)
TEXTS = PROMPTS | st.lists(st.sampled_from(("fox", ",", *DASHED, *ODD)), max_size=9).map(" ".join)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a fox in soft light —raw emotion, film", "a fox in soft light, raw emotion, film"),
        ("a fox, dreamy light—raw emotion", "a fox, dreamy light, raw emotion"),
        ("a fox --turbo", "a fox, turbo"),
        ("a fox at dusk --ar 16:9", "a fox at dusk"),
        ("a fox at dusk －－ar 16：9 --v 6.1.", "a fox at dusk"),
        ("a fox, mood —fast and wild", "a fox, mood, fast and wild"),
        ("a fox - ar 16:9 -tile", "a fox, tile"),
        ("a fox--tile", "a fox, tile"),
        ("a {red, blue} fox::2 \\{x\\}", "a (red, blue) fox:2 \\(x\\)"),
        ("a fox, dusk, http://h.example/a.png, snow", "a fox, dusk, snow"),
        ("a fox like [this](https://h.example/a.png)", "a fox like this"),
        ("a fox in [Kyoto](https://h.example/wiki)", "a fox in [Kyoto](https://h.example/wiki)"),
        ("a state-of-the-art, well-known fox - in snow", "a state-of-the-art, well-known fox - in snow"),
        ("a dog --qq 1", "a dog, qq 1"),
        ("a fox\n\nin\u200b snow", "a fox in snow"),
    ],
)
def test_nothing_in_it_is_a_flag(text: str, words: str) -> None:
    """Dashes of flags become commas; valid flags and URLs are removed; braces and weights are words."""
    enhanced = enhanced_prompt(text, TYPED)
    assert (enhanced.text, enhanced.mode) == (words, Mode.RELAX)
    assert enhanced.full == f"https://h.example/a.png {words} --ar 3:2 --no text --relax"
    assert described_prompt(text).text == words


@pytest.mark.parametrize("ratio", ["--ar 3:2", "--ar 3：2.", "—ar 3:2", "--aspect 3:2 --turbo"])
def test_a_description_keeps_its_ratio(ratio: str) -> None:
    """The ratio that Midjourney adds to its descriptions is the only flag that is kept."""
    prompt = described_prompt(f"a fox {ratio}")
    assert prompt.full.startswith("a fox")
    assert [str(flag) for flag in prompt.flags] == ["--ar 3:2"]


@pytest.mark.parametrize("text", ["--ar 3:2", "", "https://h.example/a.png", "\u200b", ", -- ,"])
def test_a_text_without_words(text: str) -> None:
    """Without words the typed prompt stays; a description is refused with the usual sentence."""
    assert enhanced_prompt(text, TYPED) == TYPED
    with pytest.raises(PromptError, match="Describe the picture"):
        described_prompt(text)


@given(TEXTS)
def test_any_text_is_a_prompt_that_can_be_sent_unchanged(text: str) -> None:
    """Any text gives a prompt with the typed flags, and sending that prompt from a form changes nothing."""
    enhanced = enhanced_prompt(text, TYPED)
    assert (enhanced.flags, enhanced.image_urls) == (TYPED.flags, TYPED.image_urls)
    assert expand_prompt(enhanced.full, NO_OPTIONS) == (enhanced,)


@given(TEXTS)
def test_any_description_with_words_can_be_sent_unchanged(text: str) -> None:
    """Any text behind a word gives a prompt whose only flag is the ratio, and a form sends it unchanged."""
    prompt = described_prompt(f"fox, {text}")
    assert {flag.name for flag in prompt.flags} <= {"ar"}
    assert expand_prompt(prompt.full, NO_OPTIONS) == (prompt,)


@pytest.mark.parametrize("piece", ["fox ", "—fox", "-p ", "x-ar 16:9 ", "ab—", "狐"])
def test_long_text_is_cut(piece: str) -> None:
    """A text of any length fits into the prompt with its flags."""
    enhanced = enhanced_prompt(f"a fox, {piece * 3000}", TYPED)
    assert MAX_PROMPT - 20 < len(enhanced.full) <= MAX_PROMPT or "x-ar" in piece
    assert compose_prompt(enhanced.full, NO_OPTIONS) == enhanced
