"""Prompts for models without flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import MAX_PROMPT, PlainPrompt, PromptError, clean_text, read_plain_prompt


def refusal(typed: str, *, takes_aspect: bool = True) -> str:
    with pytest.raises(PromptError) as caught:
        read_plain_prompt(typed, "FLUX", takes_aspect=takes_aspect)
    return caught.value.text


@pytest.mark.parametrize(
    ("typed", "words", "aspect"),
    [
        ("a red fox", "a red fox", None),
        ("  a\nred\tfox ", "a red fox", None),
        ("a hid\u200bden fox", "a hidden fox", None),
        ("a fox --ar 3:2", "a fox", "3:2"),
        ("--ar 3:2 a fox", "a fox", "3:2"),
        ("a —ar 16:9 fox", "a fox", "16:9"),
        ("a fox --AR=9:16", "a fox", "9:16"),
        ("a fox --aspect 1:1", "a fox", "1:1"),
        ("a fox - or two -- three", "a fox - or two -- three", None),
        ("a well-known fox – in the snow", "a well-known fox – in the snow", None),
        ("{red, blue} fox", "{red, blue} fox", None),
    ],
)
def test_words_and_ratio(typed: str, words: str, aspect: str | None) -> None:
    """The ratio flag is removed anywhere in the text, and ordinary dashes are kept."""
    assert read_plain_prompt(typed, "FLUX", takes_aspect=True) == PlainPrompt(words, aspect)


@pytest.mark.parametrize(
    "typed", ["a fox --v 7", "a fox --tile", "a fox --no text", "a fox —stylize 100", "--seed 1 fox"]
)
def test_flags_are_refused(typed: str) -> None:
    """Midjourney flags are refused for other models."""
    assert "is a flag of Midjourney, which FLUX does not know. Remove it, or use /imagine." in refusal(typed)


def test_ratio_is_refused_where_unsupported() -> None:
    """Without a ratio, `--ar` is refused like other flags."""
    assert refusal("a fox --ar 3:2", takes_aspect=False).startswith("`--ar` is a flag of Midjourney")


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "--ar 3:2", "\u0301"])
def test_words_are_required(typed: str) -> None:
    """A prompt without words is refused with the command's own sentence."""
    assert refusal(typed).startswith("Describe the picture in a few words")
    with pytest.raises(PromptError, match="Say what to change"):
        read_plain_prompt(typed, "FLUX", ask="Say what to change.", takes_aspect=True)


def test_length_excludes_the_ratio() -> None:
    """The length limit does not include the ratio flag."""
    assert read_plain_prompt("x" * MAX_PROMPT + " --ar 3:2", "FLUX", takes_aspect=True).aspect == "3:2"
    assert refusal("x" * (MAX_PROMPT + 1)).endswith("Shorten it by 1.")


@given(st.text(max_size=200))
def test_anything_is_read_or_refused(typed: str) -> None:
    """Any text gives a clean, short prompt or a PromptError."""
    try:
        prompt = read_plain_prompt(typed, "FLUX", takes_aspect=True)
    except PromptError:
        return
    assert prompt.words == clean_text(prompt.words) != ""
    assert len(prompt.words) <= MAX_PROMPT
