"""Style, character and omni references: supported versions and weights."""

import pytest

from bot.services.prompt import ImagineOptions, PromptError, compose_prompt

URL = "https://a.example/b.png"


@pytest.mark.parametrize(
    "typed",
    [
        "fox --sref 12",
        "fox --v 6 --sref random --sw 0",
        "fox --niji --sref 12",
        f"fox --v 6.1 --cref {URL} --cw 0",
        f"fox --niji 6 --cref {URL}",
        f"fox --niji --cref {URL}",
        f"fox --oref {URL} --ow 400",
        f"fox --v 7 --oref {URL} --sref 12",
        f"fox --v 8 --oref {URL}",
    ],
)
def test_supported_references(typed: str) -> None:
    """References are accepted for versions that support them, for the default and for newer ones."""
    assert compose_prompt(typed, ImagineOptions()).full == typed


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            f"fox --v 7 --cref {URL}",
            "A character reference (`--cref`) works with version 6, 6.1 or niji 6, and version 7",
        ),
        (f"fox --cref {URL}", "and version 7 would paint this. Choose one of these, or use an omni reference"),
        (f"fox --v 5.2 --cref {URL}", "version 5.2 would paint"),
        (f"fox --niji 5 --cref {URL}", "niji 5 would paint"),
        (f"fox --v 6.1 --oref {URL}", "An omni reference (`--oref`) works with version 7, and version 6.1 would paint"),
        (f"fox --niji --oref {URL}", "niji 6 would paint"),
        (f"fox --v 5.1 --sref {URL}", "A style reference (`--sref`) works with version 6 or newer"),
        ("fox --sw 5", "`--sw` weighs a style reference (`--sref`), and there is none. Add one or remove `--sw`."),
        ("fox --cw 5 --v 6", "`--cw` weighs a character reference (`--cref`), and there is none"),
        (f"fox --ow 5 --sref {URL}", "`--ow` weighs an omni reference (`--oref`), and there is none"),
    ],
)
def test_unsupported_references_are_refused(typed: str, sentence: str) -> None:
    """A reference that the version does not support, or a weight without one, is refused."""
    with pytest.raises(PromptError) as caught:
        compose_prompt(typed, ImagineOptions())
    assert sentence in caught.value.text


def test_options_and_typed_flags_are_checked_together() -> None:
    """Typed flags and options are checked together."""
    options = ImagineOptions(version="7", character_image=URL, style_weight=20)
    assert compose_prompt("fox --v 6 --sref 12", options).full == f"fox --v 6 --sref 12 --sw 20 --cref {URL}"
    with pytest.raises(PromptError, match="`--cref`"):
        compose_prompt("fox --v 7 --sref 12", options)
