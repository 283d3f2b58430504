"""Vary (Region) by modal: parts of a picture, or a mask file."""

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from playground.discord_server import Upload, media, texts
from playground.discord_server.members.driver import Modal
from playground.imaginepro.jobs.job import Job
from tests.support.forms import filled, prefilled
from tests.support.stage import Stage, ended, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

LABEL = "Vary (Region)"


async def open_modal(stage: Stage, prompt: str) -> Modal:
    """The modal that Mia opens on a single picture of this prompt."""
    single = await stage.pressed(await stage.finished(prompt), "U1")
    assert LABEL in labels(single)
    outcome = await stage.mia.press(single, label=LABEL)
    assert outcome.modal is not None
    return outcome.modal


def region_jobs(stage: Stage) -> list[Job]:
    """All Vary (Region) jobs, oldest first."""
    return [job for job in stage.api.jobs.values() if job.button == LABEL]


def mask_of(job: Job) -> Image.Image:
    """The mask in the job's request."""
    return Image.open(BytesIO(base64.b64decode(job.submitted["mask"])))


def png(size: tuple[int, int], *white: tuple[int, int, int, int]) -> bytes:
    """A black PNG with white boxes."""
    image = Image.new("L", size)
    for box in white:
        image.paste(255, box)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


async def test_parts_become_a_mask(stage: Stage) -> None:
    """Chosen parts are white in the mask, and the job's own reply links its parent."""
    modal = await open_modal(stage, "a fox with a corner")
    answers = filled(modal, parts_to_change=["0", "4"], prompt="a fox with a castle in a corner")
    done = await (await stage.mia.submit(modal, answers)).wait_for(ended)
    assert media(done)
    assert f"{LABEL} of [this picture]" in texts(done).replace("\\", "")
    job = region_jobs(stage)[-1]
    mask = mask_of(job)
    assert mask.mode == "1"
    third = mask.width // 3
    middles = [third * n + third // 2 for n in range(3)]
    assert [mask.getpixel((middle, middle)) for middle in middles] == [255, 255, 0]
    assert mask.getpixel((mask.width - 3, 3)) == 0
    assert set(mask.convert("L").tobytes()) == {0, 255}
    assert job.submitted["prompt"] == "a fox with a castle in a corner"


async def test_an_unchanged_prompt_is_not_sent(stage: Stage) -> None:
    """The modal shows the picture's prompt; an unchanged prompt is not sent."""
    modal = await open_modal(stage, "a fox that stays a fox --ar 3:2")
    assert prefilled(modal, "Prompt") == "a fox that stays a fox --ar 3:2"
    await (await stage.mia.submit(modal, filled(modal, parts_to_change=["8"]))).wait_for(ended)
    assert "prompt" not in region_jobs(stage)[-1].submitted


async def test_a_mask_file_is_sent_unchanged(stage: Stage) -> None:
    """A mask file is sent as it is, without chosen parts."""
    modal = await open_modal(stage, "a fox with a mask of its own")
    parent = list(stage.api.jobs.values())[-1]
    size = parent.sheet[0].size
    file = Upload("mask.png", png(size, (4, 6, 20, 30)))
    done = await (await stage.mia.submit(modal, filled(modal, or_a_mask=[file]))).wait_for(ended)
    assert media(done)
    assert mask_of(region_jobs(stage)[-1]).getbbox() == (4, 6, 20, 30)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Choose the parts that should change"),
        ({"or_a_mask": [Upload("mask.png", png((10, 10), (0, 0, 5, 5)))]}, "The mask is 10 × 10 pixels"),
        ({"or_a_mask": [Upload("mask.png", b"no picture")]}, "not a PNG or WebP"),
        ({"parts_to_change": ["1"], "prompt": "a fox --chaos 900"}, "chaos"),
    ],
)
async def test_unusable_input_starts_no_job(stage: Stage, answers: dict[str, Any], sentence: str) -> None:
    """Unusable input is explained privately, and no job starts."""
    modal = await open_modal(stage, "a fox nobody changes")
    before = stage.posts()
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, **answers)))
    assert sentence in answer
    assert stage.posts() == before


async def test_an_empty_mask_starts_no_job(stage: Stage) -> None:
    """A mask without white pixels is refused."""
    modal = await open_modal(stage, "a fox under a black mask")
    size = list(stage.api.jobs.values())[-1].sheet[0].size
    before = stage.posts()
    outcome = await stage.mia.submit(modal, filled(modal, or_a_mask=[Upload("mask.png", png(size))]))
    assert "Paint the part that should change first" in await stage.private_reply(outcome)
    assert stage.posts() == before


async def test_a_missing_picture_can_t_be_changed(stage: Stage) -> None:
    """A picture whose file is missing can't be changed by parts, as its size is unknown."""
    modal = await open_modal(stage, "a fox that is gone button-scenario:picture-gone")
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, parts_to_change=["1"])))
    assert "can no longer be downloaded" in answer
