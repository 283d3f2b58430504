"""Names of API keys, and the setting that names the successors of replaced keys."""

import pytest
from pydantic import ValidationError

from bot.settings.key_names import name_of
from bot.settings.model import Settings

KEYS = ("sk-key-0123", "sk-key-4567")
FIRST, SECOND = map(name_of, KEYS)
FORMER, OLDER = "0a1b2c3d", "1a1b2c3d"


def settings(aliases: str) -> Settings:
    """Settings with two keys and these aliases."""
    return Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]  # pydantic-settings takes it
        discord_token="token",  # pyright: ignore[reportArgumentType]  # read as text
        imaginepro_api_key=",".join(KEYS),  # pyright: ignore[reportArgumentType]
        imaginepro_key_aliases=aliases,  # pyright: ignore[reportArgumentType]
    )


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        ("", {}),
        (f"{FORMER}:{FIRST}", {FORMER: FIRST}),
        (f" {FORMER.upper()} : {FIRST}, {OLDER}:{SECOND},", {FORMER: FIRST, OLDER: SECOND}),
        (f"{FORMER}:{FIRST},{FORMER}:{FIRST}", {FORMER: FIRST}),
    ],
)
def test_aliases_are_read(text: str, aliases: dict[str, str]) -> None:
    """Pairs of names, the former one first."""
    assert settings(text).imaginepro_key_aliases == aliases


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FORMER, "must be pairs of names"),
        (f"{KEYS[0]}:{FIRST}", "must be pairs of names"),
        (f"{FORMER}:{OLDER}", f"must name keys in IMAGINEPRO_API_KEY, which are {', '.join(sorted([FIRST, SECOND]))}"),
        (f"{SECOND}:{FIRST}", "which is a key in IMAGINEPRO_API_KEY"),
        (f"{FORMER}:{FIRST},{FORMER}:{SECOND}", f"must name one key for {FORMER}"),
    ],
)
def test_mistakes_are_named(text: str, reason: str) -> None:
    """The line says what is expected, and holds no key."""
    with pytest.raises(ValidationError) as caught:
        settings(text)
    [mistake] = caught.value.errors(include_input=False)
    assert reason in mistake["msg"]
    assert not any(key in mistake["msg"] for key in KEYS)
