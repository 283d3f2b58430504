"""/upscale enlarges any picture two to four times."""

import pytest

from playground.discord_server import media, texts
from tests.cogs.all_kinds import download, finished, open_picture, submitted_body
from tests.support.stage import Stage, ended, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("scale", "size"), [(None, (128, 96)), (2, (128, 96)), (2.5, (160, 120)), (4, (256, 192))])
async def test_picture_is_scaled(stage: Stage, scale: float | None, size: tuple[int, int]) -> None:
    """The picture grows by the chosen scale, by default two, which the title names."""
    done = await finished(stage, "upscale", scale=scale)
    assert submitted_body(stage)["scale"] == (scale or 2)
    assert (await open_picture(media(done)[0])).size == size
    assert f"**Upscale ×{scale or 2:g}**" in texts(done)
    assert media(done)[0]["description"] == f"Result of Upscale ×{scale or 2:g}"


async def test_attachment_is_not_converted(stage: Stage) -> None:
    """A supported picture is sent unconverted, so that no detail is lost."""
    await finished(stage, "upscale")
    assert await download(submitted_body(stage)["image"]) == picture()


async def test_slow_attachment_starts_the_job(stage: Stage) -> None:
    """After a deferred answer, the job's reply replaces "thinking"."""
    async with stage.waiting(defer_after=0):
        done = await finished(stage, "upscale")
    assert media(done)
    assert ended(done)
