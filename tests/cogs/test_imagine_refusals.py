"""Mistakes that /imagine refuses with a private sentence, at no cost."""

from typing import Any

import pytest

from playground.discord_server import Refused, Upload, media, texts
from tests.bot.ui.markdown_reader import read
from tests.support.stage import Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "blank prompt": ({"prompt": "   "}, "Describe the picture in a few words"),
    "invisible prompt": ({"prompt": "\u200b\u2060\u200b"}, "Describe the picture in a few words"),
    "only flags": ({"prompt": "--ar 16:9"}, "Describe the picture in a few words"),
    "6,000 characters": ({"prompt": "x" * 6000}, "6000 characters long with its flags; 2048 is the most"),
    "flag out of range": ({"prompt": "a fox --stylize 5000"}, "`--stylize`"),
    "negative number": ({"prompt": "a fox --chaos -1"}, "`--chaos`"),
    "aspect without sense": ({"prompt": "a fox", "aspect": "16:0"}, "16:0"),
    "version without sense": ({"prompt": "a fox", "version": "12345"}, "There is no version `12345`"),
    "unknown flag": ({"prompt": "a fox --stylise 100"}, "There is no flag `--stylise`. Did you mean `--stylize`?"),
    "too many jobs": ({"prompt": "a {red, blue} fox --repeat 10"}, "20"),
    "flag in the middle": ({"prompt": "a fox --tile in the snow"}, "Flags go at the end of the prompt"),
    "a brace alone": ({"prompt": "a {red fox"}, "A `{` has no `}` after it"),
    "flag among unwanted things": ({"prompt": "a fox", "no": "text --tile"}, "takes words only"),
    "weight of no picture": ({"prompt": "a fox", "image_weight": 2.0}, "there is none"),
    "no address": ({"prompt": "a fox", "image_url": "fox.png"}, "is not the address of a picture"),
    "address of a file": ({"prompt": "a fox", "image_url": "file:///etc/passwd"}, "is not the address of a picture"),
    "weight of no style": ({"prompt": "a fox", "style_weight": 50}, "`--sw` weighs a style reference"),
    "character for another version": (
        {"prompt": "a fox", "version": "7", "character_image": Upload("fox.png", picture())},
        "A character reference (`--cref`) works with version 6.1, 6 or niji 6, and version 7 would paint this",
    ),
    "resolution for an older version": (
        {"prompt": "a fox", "version": "7", "quality": "hd"},
        "`--hd` works with version 8.2 or 8.1, and version 7 would paint this",
    ),
    "omni reference for an old version": (
        {"prompt": "a fox --v 6", "omni_image": Upload("fox.png", picture())},
        "An omni reference (`--oref`) works with version 7, and version 6 would paint this",
    ),
    **{
        f"text as {option}": (
            {"prompt": "a fox --v 6", "image": Upload("good.png", picture()), option: Upload("fox.png", b"just words")},
            "`fox.png` is not a picture",
        )
        for option in ("image2", "image3", "style_image", "character_image")
    },
    "text as omni_image": (
        {"prompt": "a fox", "omni_image": Upload("fox.png", b"just words")},
        "`fox.png` is not a picture",
    ),
    "text called a picture": (
        {"prompt": "a fox", "image": Upload("fox.png", b"just words")},
        "`fox.png` is not a picture",
    ),
    "text file": ({"prompt": "a fox", "image": Upload("fox.txt", b"just words")}, "`fox.txt` is not a picture"),
    "damaged picture": ({"prompt": "a fox", "image": Upload("fox.png", picture()[:60])}, "is damaged"),
    "empty file": ({"prompt": "a fox", "image": Upload("fox.png", b"")}, "is empty"),
}


@pytest.mark.parametrize(("options", "sentence"), MISTAKES.values(), ids=MISTAKES.keys())
async def test_mistake_is_explained_to_the_member_alone(stage: Stage, options: dict[str, Any], sentence: str) -> None:
    """Each mistake is explained privately, without a public message or an API request."""
    assert sentence in await stage.refusal(**options)


async def test_empty_prompt_is_refused_by_discord(stage: Stage) -> None:
    """Discord refuses an empty prompt, as the option is required."""
    with pytest.raises(Refused, match="required"):
        await stage.mia.slash(stage.channel, "imagine", prompt="")


@pytest.mark.parametrize(("option", "value"), [("stylize", 1001), ("chaos", -1), ("weird", 3001), ("image_weight", 4)])
async def test_numbers_out_of_range_are_refused_by_discord(stage: Stage, option: str, value: int) -> None:
    """Discord refuses numbers outside the command's ranges."""
    with pytest.raises(Refused, match=option):
        await stage.mia.slash(stage.channel, "imagine", prompt="a fox", **{option: value})


async def test_large_attachment_is_not_downloaded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """30 MB, allowed on boosted servers, are refused by the size that Discord reports."""
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", 50 * 1024 * 1024)
    kept = stage.discord.core.files.keep("uploads", Upload("huge.png", picture()))
    stage.discord.core.files.by_id[kept["id"]]["size"] = 30 * 1024 * 1024
    assert "has 30 MB; 10 MB is the most" in await stage.refusal(prompt="a fox", image=kept["id"])


async def test_missing_attachment_is_explained(stage: Stage) -> None:
    """An attachment that can't be downloaded from Discord is explained."""
    kept = stage.discord.core.files.keep("uploads", Upload("gone.png", picture()))
    stage.discord.core.files._data.clear()
    assert "Discord did not hand over the attached picture" in await stage.refusal(prompt="a fox", image=kept["id"])


@pytest.mark.parametrize(
    "prompt",
    [
        "@everyone look, @here too, <@1100000000000000104> and <@&1100000000000000021>",
        "**bold** _slanted_ ||hidden|| `code` [a link](https://example.com) # no heading",
        "> quoted",
        "a \u202ebackward\u202c fox\u200b with\u2060 hidden\ufeff characters",
        "</imagine:1100000000000000101> <t:1700000000:R> <:fox:1100000000000000101> :fox:",
    ],
)
async def test_prompt_is_escaped_and_pings_no_one(stage: Stage, prompt: str) -> None:
    """Mentions and markdown in a prompt are escaped in every version of the reply."""
    done = await stage.finished(prompt)
    for version in stage.channel.versions(done["id"]):
        assert version["mentions"] == []
        assert version["mention_roles"] == []
        assert version["mention_everyone"] is False
        title = texts(version).splitlines()[0]
        reading = read(title.removeprefix("**").removesuffix("**"))
        assert reading.active == ()
        assert not set(reading.shown) & set("\u202e\u202c\u2060\ufeff")


async def test_invisible_characters_are_removed(stage: Stage) -> None:
    """The prompt is sent without invisible characters."""
    await (await stage.imagine("a hid\u200bden\u2060 fox\u202e")).wait_for(ended)
    assert [job.submitted["prompt"] for job in stage.submissions("hidden fox")] == ["a hidden fox"]


async def test_slow_attachment_is_refused_after_deferring(stage: Stage) -> None:
    """After a deferred answer, the refusal is for the member alone, and the public "thinking" goes."""
    before = stage.posts()
    async with stage.waiting(defer_after=0):
        outcome = await stage.mia.slash(
            stage.channel, "imagine", prompt="a fox", image=Upload("slow.png", b"just words, read slowly")
        )
        refused = await outcome.wait_for(is_private)
    assert "`slow.png` is not a picture" in texts(refused)
    assert stage.answers(outcome) == [refused]
    assert stage.posts() == before


async def test_slow_attachment_starts_the_job(stage: Stage) -> None:
    """After a deferred answer, the job's reply replaces "thinking"."""
    async with stage.waiting(defer_after=0):
        outcome = await stage.imagine("a slow fox", image=Upload("fox.png", picture()))
        done = await outcome.wait_for(lambda message: media(message) and ended(message))
    assert outcome.messages == [done]
