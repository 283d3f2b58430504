"""How the parts are put together, where no command shows it."""

from typing import Any

from bot.assembly import _own_pictures
from bot.settings import Settings


def settings(**values: Any) -> Settings:
    """Settings with these values, whatever stands in the environment."""
    return Settings.model_validate({"discord_token": "t", "imaginepro_api_key": "k"} | values)


def test_with_discord_itself_only_the_api_is_trusted() -> None:
    """Everything that members name has to be public."""
    made = settings(discord_api_url="https://discord.com/api/v10", imaginepro_base_url="https://api.imaginepro.ai")
    assert _own_pictures(made) == ["https://api.imaginepro.ai/"]


def test_files_of_a_discord_of_ones_own_are_trusted() -> None:
    """Of another Discord the folders of attachments, and nothing else of that server."""
    made = settings(discord_api_url="http://127.0.0.1:8765/api/v10", imaginepro_base_url="http://127.0.0.1:9000")
    assert _own_pictures(made) == [
        "http://127.0.0.1:9000/",
        "http://127.0.0.1:8765/attachments/",
        "http://127.0.0.1:8765/ephemeral-attachments/",
    ]
