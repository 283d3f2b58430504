"""The files of finished jobs: numbered, made to fit, or spoken of."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.imaginepro import ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge, Unreachable
from bot.services.images.results import MAX_FILES, ResultFiles, result_urls
from bot.store import JobKind, JobRecord
from tests.bot.services.sample_images import moving, picture
from tests.bot.services.scripted import PICTURE, ScriptedApi, png
from tests.bot.ui.records import JOB, job

URLS = tuple(f"https://cdn.imaginepro.ai/{n}.png" for n in range(1, 5))
FILMS = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(1, 4))
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(300)
WEBM = b"\x1aE\xdf\xa3" + bytes(300)
ELSEWHERE = "The video can't be shown here; open the original."


def flux(count: int = 4, **changes: Any) -> JobRecord:
    """A finished job of several pictures."""
    return job(kind=JobKind.FLUX, details={"count": count}, image_url=URLS[0], tiles=URLS[:count], **changes)


def video(*urls: str, **changes: Any) -> JobRecord:
    """A finished video."""
    details = {"start": PICTURE, "end": PICTURE}
    return job(kind=JobKind.VIDEO, details=details, image_url=urls[0], videos=urls, **changes)


async def test_several_pictures_are_numbered() -> None:
    """In the API's order, each as it was made."""
    given = {url: png(8 + place) for place, url in enumerate(URLS)}
    uploads, note = await ResultFiles(ScriptedApi(downloads=dict(given))).of(flux())
    assert [upload.filename for upload in uploads] == [f"picture-{n}.png" for n in range(1, 5)]
    assert [upload.data for upload in uploads] == list(given.values())
    assert note is None


async def test_missing_picture_leaves_its_number_free() -> None:
    """The third of four stays the third, and the reply says how many are not there."""
    api = ScriptedApi(downloads={URLS[1]: PictureGone()})
    uploads, note = await ResultFiles(api).of(flux())
    assert [upload.filename for upload in uploads] == ["picture-1.png", "picture-3.png", "picture-4.png"]
    assert note == "1 of 4 pictures can no longer be downloaded."


@pytest.mark.parametrize("trouble", [PictureTooLarge(), PictureNotAllowed(), b"no picture"])
async def test_pictures_that_can_only_be_linked(trouble: bytes | ImagineProError) -> None:
    """They exist, only not for this place."""
    api = ScriptedApi(downloads={URLS[0]: trouble, URLS[3]: trouble})
    uploads, note = await ResultFiles(api).of(flux())
    assert [upload.filename for upload in uploads] == ["picture-2.png", "picture-3.png"]
    assert note == "2 of 4 pictures can't be shown here; open the originals."


async def test_single_picture_has_no_number() -> None:
    """One of one, though the record lists it among several."""
    uploads, note = await ResultFiles(ScriptedApi()).of(flux(1))
    assert [upload.filename for upload in uploads] == ["picture.png"]
    assert note is None


async def test_grid_is_one_picture() -> None:
    """Its four tiles are cut from it and not shown again."""
    grid = job(kind=JobKind.IMAGINE, image_url=PICTURE, tiles=URLS, buttons=("U1",))
    uploads, _ = await ResultFiles(ScriptedApi()).of(grid)
    assert [upload.filename for upload in uploads] == ["picture.png"]
    assert result_urls(grid) == (PICTURE,)


@pytest.mark.parametrize(
    ("buttons", "said"),
    [(("U1",), " The buttons below may still work."), ((), "")],
    ids=["with buttons", "without"],
)
async def test_vanished_picture(buttons: tuple[str, ...], said: str) -> None:
    """Buttons are spoken of where there are some."""
    record = job(image_url=PICTURE, buttons=buttons)
    _, note = await ResultFiles(ScriptedApi(downloads={PICTURE: PictureGone()})).of(record)
    assert note == f"The picture is made, but its file can no longer be downloaded.{said}"


async def test_reason_of_a_failed_download_is_told() -> None:
    """What the API's client says of it."""
    trouble = Unreachable()
    _, note = await ResultFiles(ScriptedApi(downloads={PICTURE: trouble})).of(job(image_url=PICTURE))
    assert note is not None
    assert note.endswith(f"can no longer be downloaded. {trouble.text}")


@pytest.mark.parametrize(
    ("data", "name"),
    [(MP4, "video.mp4"), (WEBM, "video.webm"), (moving("WEBP"), "video.webp"), (moving("GIF"), "video.gif")],
)
async def test_video_is_known_by_its_bytes(data: bytes, name: str) -> None:
    """Whatever its address ends with, it is passed on as it is."""
    uploads, note = await ResultFiles(ScriptedApi(downloads={FILMS[0]: data})).of(video(FILMS[0]))
    assert [(upload.filename, upload.data) for upload in uploads] == [(name, data)]
    assert note is None


@pytest.mark.parametrize("data", [MP4, moving("WEBP", (200, 200))])
async def test_too_large_video_is_linked(data: bytes) -> None:
    """It is neither cut nor turned into a still."""
    limited = video(FILMS[0], reply=replace(JOB.reply, upload_limit=len(data) - 1))
    uploads, note = await ResultFiles(ScriptedApi(downloads={FILMS[0]: data})).of(limited)
    assert (uploads, note) == ((), ELSEWHERE)
    exact = video(FILMS[0], reply=replace(JOB.reply, upload_limit=len(data)))
    assert (await ResultFiles(ScriptedApi(downloads={FILMS[0]: data})).of(exact))[1] is None


@pytest.mark.parametrize("data", [b"<html>", picture("PNG"), PictureTooLarge()])
async def test_what_is_no_video_is_linked(data: bytes | ImagineProError) -> None:
    """A page or a still in the place of a video is not shown as one."""
    uploads, note = await ResultFiles(ScriptedApi(downloads={FILMS[0]: data})).of(video(FILMS[0]))
    assert (uploads, note) == ((), ELSEWHERE)


async def test_vanished_video() -> None:
    """It may still be extended."""
    _, note = await ResultFiles(ScriptedApi(downloads={FILMS[0]: PictureGone()})).of(video(FILMS[0]))
    assert note == ("The video is made, but its file can no longer be downloaded. The buttons below may still work.")


async def test_several_videos_keep_their_numbers() -> None:
    """As their buttons count them."""
    api = ScriptedApi(downloads={FILMS[0]: PictureTooLarge(), FILMS[1]: MP4, FILMS[2]: WEBM})
    uploads, note = await ResultFiles(api).of(video(*FILMS))
    assert [upload.filename for upload in uploads] == ["video-2.mp4", "video-3.webm"]
    assert note == "1 of 3 videos can't be shown here; open the originals."
    assert result_urls(video(*FILMS)) == FILMS


@pytest.mark.parametrize("trouble", [PictureGone(), PictureTooLarge(), None])
async def test_texts_need_no_picture(trouble: ImagineProError | None) -> None:
    """The prompts are the result; a picture that comes along is shown, one that does not is not missed."""
    texts = job(kind=JobKind.DESCRIBE, details={"url": PICTURE}, image_url=PICTURE, texts=("a fox",))
    downloads: dict[str, bytes | ImagineProError] = {} if trouble is None else {PICTURE: trouble}
    uploads, note = await ResultFiles(ScriptedApi(downloads=downloads)).of(texts)
    assert len(uploads) == (trouble is None)
    assert note is None
    nothing = job(kind=JobKind.DESCRIBE, details={"url": PICTURE}, texts=("a fox",))
    assert await ResultFiles(ScriptedApi()).of(nothing) == ((), None)


async def test_transparency_survives_being_made_smaller() -> None:
    """A cut out subject stays cut out."""
    clear = Image.merge("RGBA", [Image.effect_noise((300, 300), 90) for _ in "rgba"])
    target = BytesIO()
    clear.save(target, "PNG")
    reply = replace(JOB.reply, upload_limit=60_000)
    limited = job(kind=JobKind.REMOVE_BACKGROUND, details={"image": PICTURE}, image_url=PICTURE, reply=reply)
    [upload], note = await ResultFiles(ScriptedApi(downloads={PICTURE: target.getvalue()})).of(limited)
    assert (upload.filename, note) == ("picture.webp", None)
    assert len(upload.data) <= 60_000
    assert Image.open(BytesIO(upload.data)).mode == "RGBA"


async def test_named_addresses_are_fetched() -> None:
    """Tiles of a grid, for those who want to see them one by one."""
    api = ScriptedApi(downloads={URLS[2]: PictureGone()})
    uploads, note = await ResultFiles(api).at(URLS, 1_000_000)
    assert [upload.filename for upload in uploads] == ["picture-1.png", "picture-2.png", "picture-4.png"]
    assert note == "1 of 4 pictures can no longer be downloaded."
    assert await ResultFiles(api).at((), 1_000_000) == ((), None)


async def test_no_more_than_one_gallery_is_fetched() -> None:
    """Ten files are all that one message shows."""
    api = ScriptedApi()
    uploads, _ = await ResultFiles(api).at([f"{PICTURE}?{n}" for n in range(30)], 1_000_000)
    assert len(uploads) == MAX_FILES == api.calls.count("download")
