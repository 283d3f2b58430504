"""/faceswap makes one picture from two, and explains pictures without a face."""

from typing import Any

import pytest

from playground.discord_server import Outcome, Upload, media, texts
from tests.support.stage import Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def use_faceswap(stage: Stage, **options: Any) -> Outcome:
    """The outcome of Mia's /faceswap of two attached pictures, or of these options."""
    usual = {"source": Upload("mia.png", picture("red")), "target": Upload("fox.png", picture("blue", (96, 64)))}
    outcome = await stage.mia.slash(stage.channel, "faceswap", **(options or usual))
    assert outcome.error is None
    return outcome


def public_url(stage: Stage, name: str, color: str) -> str:
    """The public address of a picture."""
    return stage.discord.core.files.keep("shared", Upload(name, picture(color)))["url"]


def submitted_body(stage: Stage) -> dict[str, Any]:
    """The newest job's request body."""
    return list(stage.api.jobs.values())[-1].submitted


async def test_face_is_put_on_the_target(stage: Stage) -> None:
    """The running reply shows both pictures; the public result has the target's size."""
    outcome = await use_faceswap(stage)
    running = await outcome.wait_for(texts)
    assert "**Face swap**" in texts(running)
    assert "may cost credits" in texts(running)
    given = [each["url"] for each in media(running)]
    done = await outcome.wait_for(ended)
    assert [submitted_body(stage)[name] for name in ("source", "target")] == given
    [made] = media(done)
    assert (made["width"], made["height"]) == (96, 64)
    assert made["description"] == "Result of Face swap"
    assert labels(done) == []
    assert stage.max.sees(done)


async def test_addresses_work_like_files(stage: Stage) -> None:
    """Each picture can be a file or an address."""
    source, target = public_url(stage, "mia.png", "red"), public_url(stage, "fox.png", "blue")
    await (await use_faceswap(stage, source_url=source, target_url=target)).wait_for(ended)
    assert (submitted_body(stage)["source"], submitted_body(stage)["target"]) == (source, target)
    await (await use_faceswap(stage, source=Upload("mia.png", picture()), target_url=target)).wait_for(ended)
    assert submitted_body(stage)["source"] != source
    assert submitted_body(stage)["target"] == target


async def test_picture_without_a_face_is_explained(stage: Stage) -> None:
    """A picture without a face is explained with the API's reason and advice."""
    stage.api.faults.choose("no-face")
    failed = await (await use_faceswap(stage)).wait_for(ended)
    sentence = "ImaginePro could not make this picture: no face detected. Use two pictures with one clear face each."
    assert sentence in texts(failed)
    assert labels(failed) == ["Retry"]


FAILURES = {
    "key-refused": "ImaginePro refused the bot's API key.",
    "fails-at-60": "could not make this picture: Sorry! Something went wrong while making this picture",
}


@pytest.mark.parametrize("scenario", FAILURES)
async def test_failure_is_explained(stage: Stage, scenario: str) -> None:
    """Other failures show one sentence without the advice about faces, and Retry works."""
    stage.api.faults.choose(scenario)
    failed = await (await use_faceswap(stage)).wait_for(ended)
    assert FAILURES[scenario] in texts(failed)
    assert "clear face" not in texts(failed)
    stage.settle_down()
    assert media(await stage.pressed(failed, "Retry"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Attach a picture to `source`, or give its web address to `source_url`."),
        ({"source": "file"}, "Attach a picture to `target`, or give its web address to `target_url`."),
        (
            {"source": "file", "source_url": "https://a.example/b.png"},
            "Give either `source` or `source_url`, not both.",
        ),
    ],
)
async def test_missing_or_double_pictures_are_refused(stage: Stage, options: dict[str, str], sentence: str) -> None:
    """A missing picture, or one given twice, is refused with the name of the option."""
    before = stage.posts()
    given = {name: Upload("a.png", picture()) if value == "file" else value for name, value in options.items()}
    outcome = await stage.mia.slash(stage.channel, "faceswap", **given)
    assert texts(await outcome.wait_for(is_private)) == sentence
    assert stage.posts() == before
