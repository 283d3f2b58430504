"""Prompts for models without flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import MAX_PROMPT, PlainPrompt, PromptError, clean_text, read_plain_prompt


def complaint(typed: str, *, takes_aspect: bool = True) -> str:
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
def test_words_and_shape(typed: str, words: str, aspect: str | None) -> None:
    """Dashes of prose stay; the shape is taken out wherever it stands."""
    assert read_plain_prompt(typed, "FLUX", takes_aspect=True) == PlainPrompt(words, aspect)


@pytest.mark.parametrize(
    "typed", ["a fox --v 7", "a fox --tile", "a fox --no text", "a fox —stylize 100", "--seed 1 fox"]
)
def test_flags_are_refused(typed: str) -> None:
    """Whatever Midjourney would have made of them, this model paints nothing of it."""
    assert "is a flag of Midjourney, which FLUX does not know. Remove it, or use /imagine." in complaint(typed)


def test_shape_is_a_flag_like_others_where_it_has_no_meaning() -> None:
    """A video has the shape of its pictures."""
    assert complaint("a fox --ar 3:2", takes_aspect=False).startswith("`--ar` is a flag of Midjourney")


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "--ar 3:2", "\u0301"])
def test_words_are_needed(typed: str) -> None:
    """The sentence is the command's own."""
    assert complaint(typed).startswith("Describe the picture in a few words")
    with pytest.raises(PromptError, match="Say what to change"):
        read_plain_prompt(typed, "FLUX", ask="Say what to change.", takes_aspect=True)


def test_length_is_counted_without_the_shape() -> None:
    """2048 characters, as everywhere."""
    assert read_plain_prompt("x" * MAX_PROMPT + " --ar 3:2", "FLUX", takes_aspect=True).aspect == "3:2"
    assert complaint("x" * (MAX_PROMPT + 1)).endswith("Shorten it by 1.")


@given(st.text(max_size=200))
def test_anything_typed_is_read_or_explained(typed: str) -> None:
    """Nothing but sentences is raised, and what is read is clean, short and seen."""
    try:
        prompt = read_plain_prompt(typed, "FLUX", takes_aspect=True)
    except PromptError:
        return
    assert prompt.words == clean_text(prompt.words) != ""
    assert len(prompt.words) <= MAX_PROMPT
