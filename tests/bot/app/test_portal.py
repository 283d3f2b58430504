"""What `check` says about the developer portal: each wrong setting with its page, and nothing about right ones."""

from pathlib import Path
from typing import Any

import pytest

from bot.app.portal import findings
from bot.client.invitation import NEEDED, PERMISSIONS, invitation, missing_permissions

PARAMS = {"scopes": ["applications.commands", "bot"], "permissions": str(NEEDED.value)}
RIGHT: dict[str, Any] = {
    "id": "1100000000000000001",
    "bot_public": True,
    "bot_require_code_grant": False,
    "flags": 1 << 23,
    "interactions_endpoint_url": None,
    "approximate_guild_count": 3,
    "integration_types_config": {"0": {"oauth2_install_params": PARAMS}},
}
README = Path(__file__).parents[3] / "README.md"
CUSTOM = "https://discord.com/oauth2/authorize?client_id=1&scope=bot+applications.commands&permissions="


def of_guild(params: dict[str, Any]) -> dict[str, Any]:
    """Guild install with these parameters."""
    return {"integration_types_config": {"0": {"oauth2_install_params": params}}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"integration_types_config": {"0": {}}},
        {"integration_types_config": None, "install_params": PARAMS},
        {"custom_install_url": CUSTOM + str(NEEDED.value)},
        {"custom_install_url": invitation(1)},
        {"approximate_guild_count": 90, "terms_of_service_url": "https://a.b", "privacy_policy_url": "https://a.c"},
    ],
)
def test_right_settings(changes: dict[str, Any]) -> None:
    """Nothing is found."""
    assert findings(RIGHT | changes) == []


WRONG: dict[str, tuple[dict[str, Any], str, bool]] = {
    "endpoint": ({"interactions_endpoint_url": "https://a.b/c"}, "Interactions Endpoint URL is set", True),
    "code grant": ({"bot_require_code_grant": True}, "Requires OAuth2 Code Grant is on", True),
    "no guild install": ({"integration_types_config": {}}, "Guild Install is off", True),
    "user install": (
        {"integration_types_config": RIGHT["integration_types_config"] | {"1": {}}},
        "User Install is on",
        False,
    ),
    "private": ({"bot_public": False}, "Public Bot is off", False),
    "no server": ({"approximate_guild_count": 0}, "in no server yet", False),
    "few permissions": (
        of_guild(PARAMS | {"permissions": "3072"}),
        "lacks Send Messages in Threads, Attach Files",
        False,
    ),
    "no bot": (of_guild(PARAMS | {"scopes": ["applications.commands"]}), "The install link lacks bot:", False),
    "former params": (
        {"integration_types_config": None, "install_params": {"scopes": ["bot"], "permissions": str(NEEDED.value)}},
        "lacks applications.commands:",
        False,
    ),
    "own link": ({"custom_install_url": CUSTOM + "0"}, "lacks View Channels", False),
    "link elsewhere": ({"custom_install_url": "https://a.b/add"}, "lacks bot, applications.commands", False),
    "administrator": (of_guild(PARAMS | {"permissions": "8"}), f"{NEEDED.value} is enough", False),
    "intents": ({"flags": 1 << 19 | 1 << 14}, "Switch off under Bot: Server Members, Message Content.", False),
    "held back": ({"flags": 1 << 16}, "holds the bot's growth back", False),
    "activity": ({"flags": 1 << 17}, "Activities are on", False),
    "unverified": ({"approximate_guild_count": 90}, "must be verified", False),
}


@pytest.mark.parametrize(("changes", "words", "fails"), WRONG.values(), ids=WRONG)
def test_wrong_setting(changes: dict[str, Any], words: str, *, fails: bool) -> None:
    """It is the only thing that is found, and counts as a failure where the bot can't work with it."""
    [found] = findings(RIGHT | changes)
    assert words in found.text
    assert found.fails is fails


def test_failures_come_first() -> None:
    """They are the first lines to read."""
    found = findings(RIGHT | {"bot_public": False, "interactions_endpoint_url": "https://a.b"})
    assert [each.fails for each in found] == [True, False]


def test_invitation() -> None:
    """The scopes, and exactly the bits of the permissions that the README names."""
    assert NEEDED.value == 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 38
    assert invitation(7) == (
        "https://discord.com/oauth2/authorize?client_id=7&scope=bot+applications.commands&permissions=274878008320"
    )
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert f"permissions {', '.join(f'*{name}*' for name in PERMISSIONS)}." in text


def test_missing_permissions() -> None:
    """By their names; an administrator lacks none."""
    assert missing_permissions(NEEDED.value) == missing_permissions(8) == []
    assert missing_permissions(NEEDED.value & ~(1 << 15)) == ["Attach Files"]
