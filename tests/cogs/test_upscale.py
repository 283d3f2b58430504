"""/upscale: any picture, two to four times as large."""

import pytest

from playground.discord_server import media, texts
from tests.cogs.all_kinds import finished, served, shown, submitted
from tests.support.stage import Stage, ended, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(("scale", "size"), [(None, (128, 96)), (2, (128, 96)), (2.5, (160, 120)), (4, (256, 192))])
async def test_picture_grows_as_asked(stage: Stage, scale: float | None, size: tuple[int, int]) -> None:
    """Twice as large unless said otherwise; the title says how much."""
    done = await finished(stage, "upscale", scale=scale)
    assert submitted(stage)["scale"] == (scale or 2)
    assert (await shown(media(done)[0])).size == size
    assert f"**Upscale ×{scale or 2:g}**" in texts(done)
    assert media(done)[0]["description"] == f"Result of Upscale ×{scale or 2:g}"


async def test_api_gets_the_attachment_itself(stage: Stage) -> None:
    """Nothing is converted that need not be: whatever is lost before is missing afterwards."""
    await finished(stage, "upscale")
    assert await served(submitted(stage)["image"]) == picture()


async def test_slow_attachment_leads_to_the_job(stage: Stage) -> None:
    """A picture that was read slowly becomes a job on the message that said "thinking"."""
    async with stage.waiting(defer_after=0):
        done = await finished(stage, "upscale")
    assert media(done)
    assert ended(done)
