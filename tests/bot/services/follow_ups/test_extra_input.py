"""The input that follow-ups take, as members write it."""

import pytest

from bot.errors import UserError
from bot.services.follow_ups.extra_input import remixed, takes_prompt, zoom_factor
from bot.services.prompt import Composer
from tests.bot.ui.records import job


@pytest.mark.parametrize(
    ("written", "factor"), [("1.4", 1.4), (" 1,4 ", 1.4), ("1.5x", 1.5), ("１．５", 1.5), ("１，５X", 1.5), ("٢", 2.0)]
)
def test_factors_in_any_digits(written: str, factor: float) -> None:
    """A zoom factor is read with digits, points and commas of other keyboards."""
    assert zoom_factor(written) == factor


@pytest.mark.parametrize("written", ["", "far", "nan", "2.1", "０．９", "1 5"])
def test_other_factors_are_refused(written: str) -> None:
    """A factor that is no number from 1 to 2 is refused."""
    with pytest.raises(UserError, match="a number from 1 to 2"):
        zoom_factor(written)


@pytest.mark.parametrize("label", ["V1", "V4", "🔄", "Vary (Strong)", "Vary (Subtle)", "⬅️", "➡", "⬆️", "⬇️"])
def test_buttons_with_a_remix_form(label: str) -> None:
    """Variations, reroll and the arrows take a prompt in remix mode, however the arrow is written."""
    assert takes_prompt(label)


@pytest.mark.parametrize("label", ["U1", "Zoom Out 2x", "Upscale (Subtle)", "Animate (High motion)", "Vary"])
def test_buttons_without_a_remix_form(label: str) -> None:
    """Other buttons take none."""
    assert not takes_prompt(label)


def test_a_changed_prompt_is_read_like_a_typed_one() -> None:
    """A prompt from a form is read with the signs of other keyboards; an unchanged one is the job's own."""
    record = job(prompt="a fox -ar 3:2")
    assert remixed(Composer(), record, " a fox -ar 3:2 ") is None
    changed = remixed(Composer(), record, "an owl －－ar 3：2")
    assert changed is not None
    assert changed.full == "an owl --ar 3:2"
    with pytest.raises(UserError, match="looks like the flag `--ar 3:2`"):
        remixed(Composer(), record, "an owl －ar 3：2")
