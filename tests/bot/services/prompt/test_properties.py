"""Properties of every composed prompt."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.services.prompt import (
    ASPECT_RATIOS,
    MAX_PROMPT,
    VERSIONS,
    ImagineOptions,
    Mode,
    Prompt,
    clean_text,
    compose_prompt,
)

PROSE = ("fox", "a", ",", "=", "–", "-", "-1", "--", "---", "---x", "::2", "16:9", "250", "6", "random", "{a,b}", "\\{")
MARKDOWN = ("@everyone", "<@123>", "**bold**", "`code`", "http://", "https://a.example/b--x.png", "<https://a.example>")
FLAGS = ("--ar", "--no", "--fast", "--relax", "--s", "--v", "--niji", "--seed", "--raw", "--style", "--iw", "--sref")
UNUSUAL_FLAGS = ("--tile", "--p", "--r", "--ar=1:1", "—ar", "fox--ar", "cat—fast")
INVISIBLE = ("\u200b", "\u202e", "\u200d", "\u2066", "\ud800", "\x00", "\n", "\u2028", "\u0301", "e\u0301")
JOINED = ("👩🏽‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "क्‍ष")
PIECES = (*PROSE, *MARKDOWN, *FLAGS, *UNUSUAL_FLAGS, *INVISIBLE, *JOINED)
WORDS = ("fox", "snow —", "👩🏽‍🚀", "a-b", "x—y", "-ar", "@here", "e\u0301\u200b")
PROMPTS = st.one_of(
    st.sampled_from(PIECES).map(lambda piece: (piece * 6000)[:6000]),
    st.text(st.characters(), max_size=60),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=10).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
VALID_PROMPTS = st.builds(
    "{} {} {}".format,
    st.sampled_from(("", "https://a.example/b.png")),
    st.lists(
        st.sampled_from(("fox", "snow —", "👩🏽‍🚀", "a-b", "x—y", "-ar", "@here", "e\u0301\u200b")), min_size=1
    ).map(" ".join),
    st.lists(
        st.sampled_from(
            ("--ar 3:2", "—seed 5", "--no a —b, c", "--s 9", "--relax", "--raw", "--niji", "--p", "--sref 12 random::2")
        ),
        unique=True,
    ).map(" ".join),
)
NUMBERS = st.none() | st.integers(-5, 5000) | st.integers()
FLOATS = st.none() | st.floats(-1, 5) | st.floats()
TEXTS = st.none() | PROMPTS
OPTIONS = st.builds(
    ImagineOptions,
    aspect=TEXTS | st.sampled_from([choice.value for choice in ASPECT_RATIOS]),
    version=TEXTS | st.sampled_from([choice.value for choice in VERSIONS]),
    stylize=NUMBERS,
    chaos=NUMBERS,
    weird=NUMBERS,
    quality=FLOATS,
    seed=NUMBERS,
    raw=st.booleans(),
    exp=NUMBERS,
    tile=st.booleans(),
    no=TEXTS,
    image_weight=FLOATS,
    mode=st.none() | st.sampled_from(Mode),
    image_urls=st.lists(PROMPTS | st.just("https://a.example/b.png"), max_size=3).map(tuple),
    style_image=TEXTS,
    style_weight=NUMBERS,
    character_image=TEXTS,
    character_weight=NUMBERS,
    omni_image=TEXTS,
    omni_weight=NUMBERS,
)
VALID_OPTIONS = st.builds(
    ImagineOptions,
    aspect=st.none() | st.sampled_from([choice.value for choice in ASPECT_RATIOS]),
    # Versions that support the style references of the valid prompts.
    version=st.none() | st.sampled_from(("7", "6.1", "6", "niji 6")),
    stylize=st.none() | st.integers(0, 1000),
    seed=st.none() | st.integers(0, 4_294_967_295),
    # Values that all of these versions know.
    quality=st.none() | st.sampled_from((1.0, 2.0)),
    raw=st.booleans(),
    tile=st.booleans(),
    no=st.none() | st.sampled_from(("dogs", "a - b", "a —b, c", "--- x")),
    mode=st.none() | st.sampled_from(Mode),
)
FLAG_LIKE = re.compile(r"--|[‒–—―−⸺⸻](?=[^\W\d_])")


def composed_or_none(words: str, options: ImagineOptions) -> Prompt | None:
    """The prompt, or None if it was refused with a sentence."""
    try:
        return compose_prompt(words, options)
    except UserError as error:
        sentence = error.text
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    assert len(sentence) < 400
    return None


@given(PROMPTS, OPTIONS)
def test_anything_is_composed_or_refused(words: str, options: ImagineOptions) -> None:
    """Any text gives a prompt within the limit or one short sentence."""
    prompt = composed_or_none(words, options)
    assert prompt is None or len(prompt.full) <= MAX_PROMPT


@given(PROMPTS)
def test_words_never_hold_a_flag(words: str) -> None:
    """The words of a prompt never contain anything that looks like a flag."""
    prompt = composed_or_none(words, ImagineOptions())
    found = [] if prompt is None else [w for w in prompt.text.split() if FLAG_LIKE.search(w)]
    assert found == []


@given(VALID_PROMPTS, VALID_OPTIONS)
def test_valid_prompts_are_accepted(words: str, options: ImagineOptions) -> None:
    """A valid prompt is accepted, and composing its result again changes nothing."""
    prompt = compose_prompt(words, options)
    assert compose_prompt(prompt.full, ImagineOptions()) == prompt


@given(PROMPTS, OPTIONS)
def test_composing_is_idempotent(words: str, options: ImagineOptions) -> None:
    """Composing a composed prompt again changes nothing, for any input."""
    prompt = composed_or_none(words, options)
    again = None if prompt is None else compose_prompt(prompt.full, ImagineOptions())
    assert again == prompt


@given(VALID_PROMPTS, PROMPTS)
def test_the_no_option_adds_no_other_flag(words: str, negative: str) -> None:
    """The option `no` adds no other flag, picture or word."""
    plain = compose_prompt(words, ImagineOptions())
    prompt = composed_or_none(words, ImagineOptions(no=negative)) or plain
    assert (prompt.text, prompt.image_urls) == (plain.text, plain.image_urls)
    assert {flag.name for flag in prompt.flags} - {flag.name for flag in plain.flags} <= {"no"}


@given(PROMPTS)
def test_cleaning_is_idempotent(text: str) -> None:
    """Cleaning is idempotent and removes control and direction characters."""
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", clean)
