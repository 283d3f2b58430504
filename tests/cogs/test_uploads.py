"""Images that members give, in the API's own storage: IMAGINEPRO_UPLOADS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.discord_server import Upload, texts, unsigned
from tests.bot.services.sample_images import picture as sample_picture
from tests.support.stage import Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOX = Upload("my fox.png", picture())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def uploading(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that uploads inputs."""
    folder: Path = tmp_path_factory.mktemp("bot")
    async with Stage(folder, imaginepro_uploads=True) as stage:
        yield stage


async def test_an_attachment_is_uploaded(uploading: Stage) -> None:
    """The API gets a URL of its own storage that ends in a suffix, without the member's file name, and uses it."""
    outcome = await uploading.mia.slash(uploading.channel, "describe", image=FOX)
    assert "**1**" in texts(await outcome.wait_for(ended))
    url = list(uploading.api.jobs.values())[-1].submitted["url"]
    assert url.startswith(f"{uploading.api.url}/storage/v1/object/public/image/")
    assert url.endswith(".png")
    assert "fox" not in url
    [stored] = [place for place in uploading.api._service.uploads.values() if url.endswith(place.path)]
    assert (stored.data, stored.content_type) == (FOX.data, "image/png")


async def test_only_what_needs_it_is_uploaded(uploading: Stage) -> None:
    """A converted image takes no message at Discord then; a URL that ends in a suffix is sent as it is."""
    url = f"{list(uploading.api.jobs.values())[-1].outcome['uri']}"
    before = len(uploading.api._service.uploads)
    outcome = await uploading.mia.slash(
        uploading.channel,
        "imagine",
        prompt="a fox in two images",
        image=Upload("fox.bmp", sample_picture("BMP", size=(50, 40))),
        image_url=url,
    )
    await outcome.wait_for(ended)
    [job] = uploading.submissions("in two images")
    converted, typed = job.prompt.split()[:2]
    assert converted.startswith(f"{uploading.api.url}/storage/")
    assert converted.endswith(".jpg")
    assert typed == url
    assert len(uploading.api._service.uploads) == before + 1
    assert not any(is_private(message) for message in outcome.messages)


@pytest.mark.parametrize("fault", ["no-uploads", "upload-refused", "upload-lost"])
async def test_without_the_upload_the_url_at_discord_is_used(uploading: Stage, fault: str) -> None:
    """The member notices nothing; the log says why."""
    uploading.api.faults.choose(fault)
    outcome = await uploading.mia.slash(uploading.channel, "describe", image=FOX)
    assert "**1**" in texts(await outcome.wait_for(ended))
    url = list(uploading.api.jobs.values())[-1].submitted["url"]
    assert unsigned(url).endswith("/my_fox.png")
    assert any("could not be uploaded to ImaginePro" in line for line in uploading.log.lines)
