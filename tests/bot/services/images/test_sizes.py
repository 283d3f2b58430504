"""Aspect ratios, widths and heights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.images.sizes import SMALLEST_SIDE, STEP, Size, read_size, sides_of
from bot.services.prompt import PromptError
from bot.services.prompt.values import WIDEST


@pytest.mark.parametrize(
    ("given_size", "size"),
    [
        ((None, None, None), Size()),
        (("3:2", None, None), Size("3:2")),
        ((" 1920:1080 ", None, None), Size("16:9")),
        (("１６ ： ９", None, None), Size("16:9")),
        ((None, 512, 64), Size(width=512, height=64)),
        ((None, None, 512), Size(height=512)),
    ],
)
def test_options_become_a_size(given_size: tuple[str | None, int | None, int | None], size: Size) -> None:
    """Options become a ratio in lowest terms, or a width and height."""
    assert read_size(*given_size) == size


def test_typed_ratio_wins() -> None:
    """A typed ratio replaces the option, as flags do for /imagine."""
    assert read_size("1:1", None, None, typed="32:18") == Size("16:9")


@pytest.mark.parametrize(
    ("aspect", "width", "height", "sentence"),
    [
        ("wide", None, None, "not `wide`"),
        ("0:1", None, None, "not `0:1`"),
        ("15:1", None, None, "more than 14 times"),
        ("3:2", 512, None, "not both"),
        ("3:2", None, 512, "not both"),
        (None, 100, None, "`width` has to be a multiple of 8, such as 96 or 104."),
        (None, 64, 1001, "`height` has to be a multiple of 8, such as 1000 or 1008."),
    ],
)
def test_mistakes_name_the_option(aspect: str | None, width: int | None, height: int | None, sentence: str) -> None:
    """Mistakes name the option and valid values."""
    with pytest.raises(PromptError) as caught:
        read_size(aspect, width, height)
    assert sentence in caught.value.text


@given(st.integers(1, 99), st.integers(1, 99), st.sampled_from([1024, 2048]))
def test_sides_have_the_ratio(width: int, height: int, longest: int) -> None:
    """The longer side is as requested, and the shorter one fits the ratio to half a step."""
    if max(width, height) > WIDEST * min(width, height):
        return
    sides = sides_of(f"{width}:{height}", longest)
    assert max(sides) == longest
    assert min(sides) >= SMALLEST_SIDE
    assert not any(side % STEP for side in sides)
    shorter = longest * min(width, height) / max(width, height)
    assert abs(min(sides) - shorter) <= STEP / 2
