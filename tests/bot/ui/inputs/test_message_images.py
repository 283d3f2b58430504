"""Finding the pictures of a message in attachments, embeds, components and forwards."""

from typing import Any

import discord
import pytest

from bot.ui.inputs.message_images import image_urls_in

CONTAINER, SECTION, TEXT, THUMBNAIL, GALLERY, FILE = 17, 9, 10, 11, 12, 13


@pytest.fixture
def client() -> discord.Client:
    """A client that never connects."""
    return discord.Client(intents=discord.Intents.none())


def message(client: discord.Client, **parts: Any) -> discord.Message:
    """A message as discord.py parses it."""
    data: Any = {
        "id": "3",
        "channel_id": "2",
        "author": {"id": "1", "username": "mia", "discriminator": "0", "avatar": None},
        "type": 0,
        "flags": 0,
        "timestamp": "2026-01-02T03:04:05+00:00",
        "edited_timestamp": None,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
        "content": "look",
        **{name: [] for name in ("attachments", "embeds", "components", "mentions", "mention_roles")},
    }
    data |= parts
    return discord.Message(state=client._connection, channel=client.get_partial_messageable(2), data=data)


def attachment(name: str, kind: str | None) -> dict[str, Any]:
    """An attachment's data."""
    sent = {"id": "9", "filename": name, "size": 7, "url": f"https://cdn.discordapp.com/{name}", "proxy_url": ""}
    return {**sent, "content_type": kind} if kind else sent


def media(name: str, kind: str | None = "image/png") -> dict[str, Any]:
    """A media item's data."""
    return {"url": f"https://cdn.discordapp.com/{name}", "content_type": kind, "height": None, "width": None}


def gallery(*items: dict[str, Any]) -> dict[str, Any]:
    """A media gallery with these items."""
    return {"type": GALLERY, "id": 5, "items": [{"media": item} for item in items]}


def names(pictures: list[str]) -> list[str]:
    """The file name of each address."""
    return [address.rpartition("/")[2] for address in pictures]


def test_message_without_pictures(client: discord.Client) -> None:
    """A message of text has no pictures."""
    assert image_urls_in(message(client)) == []


def test_attachments(client: discord.Client) -> None:
    """Attached pictures are found in order, other files skipped."""
    files = [
        attachment("notes.txt", "text/plain"),
        attachment("film.mp4", "video/mp4"),
        attachment("unknown.png", None),
        attachment("fox.png", "image/png"),
        attachment("owl.webp", "image/webp"),
    ]
    found = image_urls_in(message(client, attachments=files))
    assert found == ["https://cdn.discordapp.com/fox.png", "https://cdn.discordapp.com/owl.webp"]


def test_embeds(client: discord.Client) -> None:
    """An embed's image and thumbnail are found, duplicates once."""
    picture = {"url": "https://example.com/fox.png", "height": 1, "width": 1}
    thumbnail = {"url": "https://example.com/small.png", "height": 1, "width": 1}
    embeds = [
        {"type": "rich", "title": "words"},
        {"type": "rich", "image": picture, "thumbnail": thumbnail},
        {"type": "image", "url": "https://example.com/fox.png", "thumbnail": picture},
    ]
    assert names(image_urls_in(message(client, embeds=embeds))) == ["fox.png", "small.png"]


def test_components(client: discord.Client) -> None:
    """Pictures in galleries and thumbnails are found at any depth, in order, without videos."""
    section = {
        "type": SECTION,
        "id": 4,
        "components": [{"type": TEXT, "id": 6, "content": "words"}],
        "accessory": {"type": THUMBNAIL, "id": 7, "media": media("thumb.png")},
    }
    film = {"type": THUMBNAIL, "id": 7, "media": media("film.mp4", "video/mp4")}
    shown = gallery(media("one.png"), media("film.webm", "video/webm"), media("two.webp", "image/webp"))
    boxed = {"type": CONTAINER, "id": 3, "components": [section, shown, {**section, "accessory": film}]}
    last = gallery(media("three.png?ex=1", None), media("film.mp4?ex=1", None), media("four", None))
    found = image_urls_in(message(client, components=[boxed, last], flags=1 << 15))
    assert names(found) == ["thumb.png", "one.png", "two.webp", "three.png?ex=1", "four"]


def test_forwarded_messages(client: discord.Client) -> None:
    """Pictures of a forwarded message are found."""
    forwarded = {
        "type": 0,
        "content": "",
        "embeds": [],
        "attachments": [attachment("fox.png", "image/png")],
        "components": [gallery(media("owl.png"))],
        "timestamp": "2026-01-02T03:04:05+00:00",
        "edited_timestamp": None,
    }
    assert names(image_urls_in(message(client, message_snapshots=[{"message": forwarded}]))) == ["fox.png", "owl.png"]
