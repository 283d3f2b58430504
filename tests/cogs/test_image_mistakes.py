"""Unusable pictures are explained privately by every command, before a request to the API."""

from typing import Any

import pytest

from playground.discord_server import Upload, texts
from tests.support.stage import Stage, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = Upload("good.png", picture("navy"))
# For each command the options beside the picture, and those that take it as a file and by its address.
COMMANDS: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "describe": ({}, "image", "image_url"),
    "faceswap": ({"target": GOOD}, "source", "source_url"),
    "blend": ({"image1": GOOD}, "image2", None),
}
BY_ADDRESS = {name: command for name, command in COMMANDS.items() if command[2]}
BAD = {
    "text": (Upload("fox.png", b"just words"), "`fox.png` is not a picture. Use a PNG, JPEG, WEBP or GIF."),
    "nothing": (Upload("fox.png", b""), "`fox.png` is empty."),
    "corrupt": (Upload("fox.png", picture()[:60]), "`fox.png` is damaged"),
    "tiny": (Upload("fox.png", picture(size=(20, 200))), "has only 20 × 200 pixels"),
    "long": (Upload("fox.png", picture(size=(17_000, 40))), "too many pixels"),
}


async def refusal(stage: Stage, command: str, **options: Any) -> str:
    """The private refusal, which is the only message, without an API request."""
    before = stage.posts()
    outcome = await stage.mia.slash(stage.channel, command, **options)
    answer = await outcome.wait_for(is_private)
    # On a slow machine a deferral for everyone came before it, and is deleted.
    await stage.wait_until(lambda: outcome.messages == [answer])
    assert stage.posts() == before
    return texts(answer)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("command", COMMANDS)
async def test_bad_file(stage: Stage, command: str, bad: str) -> None:
    """Each kind of unusable file is refused with its own sentence."""
    others, option, _ = COMMANDS[command]
    upload, sentence = BAD[bad]
    answer = await refusal(stage, command, **others, **{option: upload})
    assert sentence in answer
    # With several pictures, the sentence names the option.
    assert answer.startswith(f"`{option}`: ") is bool(others)


@pytest.mark.parametrize("command", COMMANDS)
async def test_huge_file(stage: Stage, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """30 MB are refused by the size that Discord reports."""
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", 50 * 1024 * 1024)
    others, option, _ = COMMANDS[command]
    kept = stage.discord.core.files.keep("uploads", Upload("huge.png", picture()))
    stage.discord.core.files.by_id[kept["id"]]["size"] = 30 * 1024 * 1024
    assert "has 30 MB; 10 MB is the most" in await refusal(stage, command, **others, **{option: kept["id"]})


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:9/fox.png", "not a public web address"),
        ("http://169.254.169.254/latest/fox.png", "not a public web address"),
        ("http://[::1]/fox.png", "not a public web address"),
        ("http://localhost/fox.png", "not a public web address"),
        ("file:///etc/passwd", "is not the address of a picture"),
        ("fox.png", "is not the address of a picture"),
        ("http://[::1]x/fox.png", "is not the address of a picture"),
        ("https://h.example/fox.png and an owl", "is not the address of a picture"),
    ],
)
@pytest.mark.parametrize("command", BY_ADDRESS)
async def test_bad_address(stage: Stage, command: str, address: str, sentence: str) -> None:
    """Private addresses and other schemes are refused."""
    others, _, option = COMMANDS[command]
    assert sentence in await refusal(stage, command, **others, **{str(option): address})


@pytest.mark.parametrize("command", BY_ADDRESS)
async def test_very_long_address(stage: Stage, command: str) -> None:
    """An address too long for Discord still starts the job, without a preview."""
    others, _, option = COMMANDS[command]
    address = stage.discord.core.files.keep("shared", Upload("fox.png", picture("teal")))["url"] + "?x=" + "x" * 3000
    outcome = await stage.mia.slash(stage.channel, command, **others, **{str(option): address})
    assert outcome.message is not None
    await outcome.wait_for(lambda message: "original" in texts(message))


async def test_describe_needs_one_picture(stage: Stage) -> None:
    """/describe without a picture and with two are refused with different sentences."""
    none = "Attach a picture to `image`, or give its web address to `image_url`."
    assert await refusal(stage, "describe") == none
    both = {"image": GOOD, "image_url": "https://a.example/b.png"}
    assert await refusal(stage, "describe", **both) == "Give either `image` or `image_url`, not both."
