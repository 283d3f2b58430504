"""Images that cost much to decode, while the bot serves others."""

from contextlib import AsyncExitStack
from io import BytesIO

import pytest
from PIL import Image

from benchmarks.hostile_files import even_webp, scan_bomb
from playground.discord_server import Outcome, Upload, texts
from tests.support.stage import Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def blend(stage: Stage, suffix: str, files: list[bytes]) -> Outcome:
    """The outcome of Mia's /blend of these files."""
    options = {f"image{number}": Upload(f"{number}.{suffix}", data) for number, data in enumerate(files, 1)}
    return await stage.mia.slash(stage.channel, "blend", **options)


async def waiting_for_memory(stage: Stage) -> None:
    """Wait until a worker has one of the images and waits for memory."""
    await stage.wait_until(lambda: stage.bot.services.images.memory.waiting > 0)


async def test_bombs_are_refused_with_a_sentence(stage: Stage) -> None:
    """Small files that would take gigabytes or minutes are refused; nothing is paid."""
    before = stage.posts()
    for suffix, data, sentence in (
        ("jpg", scan_bomb(8000), "The image has too many scans. Save it again as an ordinary JPEG or PNG."),
        ("webp", even_webp(), "The image has too many pixels for a WEBP"),
    ):
        answer = await stage.private_reply(await blend(stage, suffix, [data, picture("red")]))
        assert answer.startswith(f"`image1`: {sentence}")
    assert stage.posts() == before


def large_tiff(shade: int) -> bytes:
    """A small file that has to be converted, with more memory than a worker may take unasked."""
    target = BytesIO()
    Image.new("RGB", (2400, 2400), (shade, 9, 9)).save(target, "TIFF", compression="tiff_lzw")
    return target.getvalue()


async def test_others_go_on_while_one_members_images_wait(stage: Stage) -> None:
    """Nine large images of one member wait for memory; another's image is sent, and a result shown."""
    # The member's commands wait for longer than an interaction does.
    async with stage.waiting(defer_after=0.1):
        stage.hold()
        running = await stage.imagine("a fox that ends meanwhile")
        images = stage.bot.services.images
        async with AsyncExitStack() as memory:
            await memory.enter_async_context(images.memory.share(2**60))
            files = [large_tiff(shade) for shade in range(9)]
            asked = [await blend(stage, "tiff", files[first::3]) for first in range(3)]
            await waiting_for_memory(stage)
            described = await stage.max.slash(stage.channel, "describe", image=Upload("fox.png", picture("navy")))
            await stage.wait_until(lambda: any(job.kind == "describe" for job in stage.api.jobs.values()))
            stage.release()
            assert ended(await running.wait_for(ended))
            assert ended(await described.wait_for(ended))
            assert not any(job.kind == "blend" for job in stage.api.jobs.values())
        for outcome in asked:
            assert ended(await outcome.wait_for(ended))


async def test_too_many_images_at_once(stage: Stage) -> None:
    """What a member sends beyond a dozen images is refused, before it is read; others may send theirs."""
    images = stage.bot.services.images
    with images.images_of(int(stage.mia.id), 10):
        outcome = await blend(stage, "png", [picture("red"), picture("blue"), picture("green")])
        sentence = texts(await outcome.wait_for(is_private))
        assert sentence.startswith("You can have 12 images in work at the same time")
        described = await stage.max.slash(stage.channel, "describe", image=Upload("fox.png", picture("navy")))
        await described.wait_for(ended)
    assert ended(await (await blend(stage, "png", [picture("red"), picture("blue")])).wait_for(ended))
