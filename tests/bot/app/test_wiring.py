"""How the parts are put together, where no command shows it."""

from typing import Any

from bot.app.wiring import _attachment_prefixes, _key, webhook_urls
from bot.settings.model import Settings


def settings(**values: Any) -> Settings:
    """Settings with these values, whatever stands in the environment."""
    return Settings.model_validate({"discord_token": "t", "imaginepro_api_key": "k"} | values)


def test_with_discord_itself_nothing_is_trusted() -> None:
    """Everything that members name has to be public, or a result."""
    assert _attachment_prefixes(settings(discord_api_url="https://discord.com/api/v10")) == []


def test_files_of_a_discord_of_ones_own_are_trusted() -> None:
    """Of another Discord the folders of attachments, and nothing else of that server."""
    assert _attachment_prefixes(settings(discord_api_url="http://127.0.0.1:8765/api/v10")) == [
        "http://127.0.0.1:8765/attachments/",
        "http://127.0.0.1:8765/ephemeral-attachments/",
    ]


def test_without_a_web_side_there_is_no_address_for_events() -> None:
    """The API could not reach it."""
    assert webhook_urls(settings()) is None


def test_every_process_of_a_bot_knows_its_addresses_and_no_other_bot_does() -> None:
    """What signs follows from the token, is not the token, and is another thing for each purpose."""
    web = {"public_url": "https://bot.example"}
    ours, same, others = (webhook_urls(settings(discord_token=token, **web)) for token in ("t-1", "t-1", "t-2"))
    assert ours is not None
    assert same is not None
    assert others is not None
    signature = ours.url("job").rpartition("/")[2]
    assert same.is_signed("job", signature)
    assert not others.is_signed("job", signature)
    keys = {_key(settings(discord_token="t-1"), purpose).get_secret_value() for purpose in ("mask links", "hooks")}
    assert len(keys - {"t-1"}) == 2
