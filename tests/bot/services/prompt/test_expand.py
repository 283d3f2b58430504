"""Prompts for several jobs: alternatives in braces, and --repeat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import MAX_JOBS, ImagineOptions, Prompt, PromptError, compose_prompt, expand_prompt
from bot.services.prompt.spelling.permutations import COUNTED, count_variants, variants_of
from tests.bot.services.prompt.test_properties import OPTIONS, PROMPTS, VALID_OPTIONS, VALID_PROMPTS

NO_OPTIONS = ImagineOptions()
WORDS = st.sampled_from(("red", "a fox", "🦊", "\\{", "\\}", "x\\,y", "::2"))
# Distinct, as equal alternatives are sent once.
FLAT_GROUPS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True)
NESTED = st.recursive(
    WORDS,
    lambda inner: st.lists(st.lists(inner, max_size=2).map(" ".join), min_size=1, max_size=3).map(
        lambda alternatives: "{" + ",".join(alternatives) + "}"
    ),
    max_leaves=12,
)
BRACED = st.lists(
    st.sampled_from(("{", "}", ",", "\\", "\\{", "\\}", "\\,", "a", " ", "--ar 1:1", "--r 2", "--seed 5", "1:1")),
    max_size=25,
).map("".join)


def expanded(words: str, options: ImagineOptions = NO_OPTIONS) -> list[str]:
    return [prompt.full for prompt in expand_prompt(words, options)]


def refusal(words: str, options: ImagineOptions = NO_OPTIONS) -> str:
    with pytest.raises(PromptError) as caught:
        expand_prompt(words, options)
    return caught.value.text


@pytest.mark.parametrize(
    ("typed", "prompts"),
    [
        ("a fox", ["a fox"]),
        ("a {red, blue} fox", ["a red fox", "a blue fox"]),
        ("{a, b} {c,d}", ["a c", "a d", "b c", "b d"]),
        ("a {red, {dark, light} blue} fox", ["a red fox", "a dark blue fox", "a light blue fox"]),
        ("a {, big} fox", ["a fox", "a big fox"]),
        ("a {big,} fox {}", ["a big fox", "a fox"]),
        ("a {red} fox", ["a red fox"]),
        ("a {red\\, round, \\{blue\\}} fox", ["a red, round fox", "a \\{blue\\} fox"]),
        ("foxes, hens\\, and \\{braces\\}", ["foxes, hens\\, and \\{braces\\}"]),
        ("a fox --ar {1:1, 16:9}", ["a fox --ar 1:1", "a fox --ar 16:9"]),
        ("a fox --{v 6, niji}", ["a fox --v 6", "a fox --niji"]),
        ("a fox {--tile, --s {5, 6}}", ["a fox --tile", "a fox --stylize 5", "a fox --stylize 6"]),
        ("a fox --no {cats, dogs\\, hens}", ["a fox --no cats", "a fox --no dogs, hens"]),
        ("{https://a.example/b.png,} a fox", ["https://a.example/b.png a fox", "a fox"]),
        ("a {re\u200bd, red, blue} fox", ["a red fox", "a blue fox"]),
        ("a fox --repeat 3", ["a fox"] * 3),
        ("a {red, blue} fox --r 2", ["a red fox", "a red fox", "a blue fox", "a blue fox"]),
        ("a {red --r 2, blue}", ["a red", "a red", "a blue"]),
        ("a {red, blue} fox --seed 5", ["a red fox --seed 5", "a blue fox --seed 5"]),
    ],
)
def test_prompts_are_expanded(typed: str, prompts: list[str]) -> None:
    """Alternatives are expanded in reading order, and equal prompts are sent once unless repeated."""
    assert expanded(typed) == prompts


def test_options_apply_to_all_jobs() -> None:
    """Options apply to all jobs, except where a prompt has its own flag."""
    options = ImagineOptions(aspect="16:9", seed=7)
    assert expanded("a fox {, --ar 1:1}", options) == ["a fox --ar 16:9 --seed 7", "a fox --ar 1:1 --seed 7"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("a {red, blue fox", "A `{` has no `}` after it. Close it, or write `\\{`"),
        ("a red, blue} fox", "A `}` has no `{` before it. Remove it, or write `\\}`"),
        ("a }red{ fox", "A `}` has no `{`"),
        ("{a,b}" * 4, "The braces make 16 variants; 10 jobs at once is the most"),
        ("{a,b}" * 40, "The braces make more than 1,000,000 variants"),
        ("{a,b}" * 1200, "more than 1,000,000"),
        ("{" + "{a,b}," * 900 + "}", "1,801 variants"),
        ("{a, b, c} fox --r 4", "asks for 12 jobs at once; 10 is the most"),
        ("a fox --repeat {2, 9}", "asks for 11 jobs"),
        ("a fox --repeat 11", "2 to 10"),
        ("a fox --repeat 1", "2 to 10"),
        ("a fox --repeat 2 --seed 5", "pay several times for the same picture. Remove the seed or `--repeat`."),
        ("{fox, --tile}", "Describe the picture"),
        ("{, a fox}", "Describe the picture"),
        ("a fox --ar {1:1, 16x9}", "not `16x9`"),
        ("a fox {, --stylise 5}", "Did you mean `--stylize`"),
    ],
)
def test_invalid_prompts_are_refused(typed: str, sentence: str) -> None:
    """One invalid variant, too many variants or an unbalanced brace refuses the whole prompt."""
    assert sentence in refusal(typed)


def test_invalid_options_are_refused() -> None:
    """A seed option with --repeat, and braces in `no`, are refused."""
    assert "same picture" in refusal("a fox --repeat 2", ImagineOptions(seed=5))
    assert "not in `no`" in refusal("a fox", ImagineOptions(no="{cats, dogs}"))


def test_a_lower_limit() -> None:
    """The caller can set a lower limit."""
    assert len(expand_prompt("{a, b, c}", NO_OPTIONS, most=3)) == 3
    with pytest.raises(PromptError, match="3 variants; 2 jobs"):
        expand_prompt("{a, b, c}", NO_OPTIONS, most=2)


@given(st.lists(FLAT_GROUPS, min_size=1, max_size=4), st.integers(1, 12))
def test_the_number_of_jobs_is_the_product(groups: list[list[str]], repeat: int) -> None:
    """The number of jobs is the product of the groups and --repeat; above the limit it is refused."""
    product = repeat
    for group in groups:
        product *= len(group)
    typed = " ".join(f"{{{', '.join(group)}}}" for group in groups) + (f" --repeat {repeat}" if repeat > 1 else "")
    prompts = _expanded_or_none(typed, NO_OPTIONS)
    assert (0 if prompts is None else len(prompts)) == (product if product <= MAX_JOBS else 0)


@given(NESTED)
def test_counting_agrees_with_expanding(text: str) -> None:
    """Nested groups expand to exactly the counted number of variants."""
    number = count_variants(text)
    assert number > 1000 or len(variants_of(text)) == number <= COUNTED


@given(BRACED | PROMPTS, OPTIONS)
def test_anything_is_expanded_or_refused(words: str, options: ImagineOptions) -> None:
    """Any text gives up to ten prompts that can't be expanded further, or an error."""
    for prompt in _expanded_or_none(words, options) or ():
        assert expand_prompt(prompt.full, NO_OPTIONS) == (prompt,)
        assert compose_prompt(prompt.full, NO_OPTIONS) == prompt


@given(VALID_PROMPTS, VALID_OPTIONS)
def test_a_prompt_for_one_job_is_composed(words: str, options: ImagineOptions) -> None:
    """Without braces and --repeat the result is the same as without expanding."""
    assert expand_prompt(words, options) == (compose_prompt(words, options),)


def _expanded_or_none(words: str, options: ImagineOptions) -> tuple[Prompt, ...] | None:
    try:
        return expand_prompt(words, options)
    except PromptError as error:
        sentence = error.text
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence
    assert len(sentence) < 400
    return None
