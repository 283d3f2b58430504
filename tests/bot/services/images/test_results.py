"""The files of finished jobs: numbered, fitted, or explained in a note."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.errors import UserError
from bot.imaginepro import ImagineProError, PictureGone, PictureNotAllowed, PictureTooLarge, Unreachable
from bot.services.images.formats import Upload
from bot.services.images.results import MAX_FILES, MAX_PREVIEW, NO_ATTACH_FILES, ResultFiles, result_urls
from bot.store import JobKind, JobRecord
from tests.bot.services.direct_decoding import fit_here
from tests.bot.services.sample_images import moving
from tests.bot.services.scripted import PICTURE, ScriptedApi, png
from tests.bot.ui.records import JOB, job

URLS = tuple(f"https://cdn.imaginepro.ai/{n}.png" for n in range(1, 5))
VIDEO_URLS = tuple(f"https://cdn.imaginepro.ai/{n}.mp4" for n in range(1, 4))
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(300)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(300)
LINKED_NOTE = "The video can't be shown here; open the original."


def flux(count: int = 4, **changes: Any) -> JobRecord:
    """A finished job of several pictures."""
    return job(kind=JobKind.FLUX, details={"count": count}, image_url=URLS[0], tiles=URLS[:count], **changes)


def video(*urls: str, **changes: Any) -> JobRecord:
    """A finished video."""
    details = {"start": PICTURE, "end": PICTURE}
    return job(kind=JobKind.VIDEO, details=details, image_url=urls[0], videos=urls, **changes)


async def test_several_pictures_are_numbered() -> None:
    """Several pictures are numbered in the API's order and unchanged."""
    given = {url: png(8 + position) for position, url in enumerate(URLS)}
    uploads, note = await ResultFiles(ScriptedApi(downloads=dict(given)), fit_here).of(flux())
    assert [upload.filename for upload in uploads] == [f"picture-{n}.png" for n in range(1, 5)]
    assert [upload.data for upload in uploads] == list(given.values())
    assert note is None


async def test_missing_picture_leaves_its_number_free() -> None:
    """A missing picture keeps the others' numbers, and the note counts it."""
    api = ScriptedApi(downloads={URLS[1]: PictureGone()})
    uploads, note = await ResultFiles(api, fit_here).of(flux())
    assert [upload.filename for upload in uploads] == ["picture-1.png", "picture-3.png", "picture-4.png"]
    assert note == "1 of 4 pictures can no longer be downloaded."


@pytest.mark.parametrize("error", [PictureTooLarge(), PictureNotAllowed(), b"no picture"])
async def test_pictures_that_can_not_be_shown(error: bytes | ImagineProError) -> None:
    """Pictures that can't be shown are counted in a note."""
    api = ScriptedApi(downloads={URLS[0]: error, URLS[3]: error})
    uploads, note = await ResultFiles(api, fit_here).of(flux())
    assert [upload.filename for upload in uploads] == ["picture-2.png", "picture-3.png"]
    assert note == "2 of 4 pictures can't be shown here; open the originals."


async def test_single_picture_has_no_number() -> None:
    """A single picture has no number."""
    uploads, note = await ResultFiles(ScriptedApi(), fit_here).of(flux(1))
    assert [upload.filename for upload in uploads] == ["picture.png"]
    assert note is None


async def test_grid_is_one_picture() -> None:
    """A grid is one picture; its four tiles are not shown."""
    grid = job(kind=JobKind.IMAGINE, image_url=PICTURE, tiles=URLS, buttons=("U1",))
    uploads, _ = await ResultFiles(ScriptedApi(), fit_here).of(grid)
    assert [upload.filename for upload in uploads] == ["picture.png"]
    assert result_urls(grid) == (PICTURE,)


async def test_tiles_stand_in_for_a_missing_grid() -> None:
    """They are shown one by one, and linked one by one."""
    tiles = job(tiles=URLS, buttons=("U1",))
    uploads, note = await ResultFiles(ScriptedApi(), fit_here).of(tiles)
    assert [upload.filename for upload in uploads] == [f"picture-{n}.png" for n in range(1, 5)]
    assert note is None
    assert result_urls(tiles) == URLS
    [single], _ = await ResultFiles(ScriptedApi(), fit_here).of(job(tiles=URLS[:1]))
    assert single.filename == "picture.png"


async def test_a_result_without_any_file() -> None:
    """The note says so; the buttons are the result."""
    uploads, note = await ResultFiles(ScriptedApi(), fit_here).of(job(buttons=("U1",)))
    assert uploads == ()
    assert note is not None
    assert "sent no file" in note


@pytest.mark.parametrize(
    ("buttons", "suffix"),
    [(("U1",), " The buttons below may still work."), ((), "")],
    ids=["with buttons", "without"],
)
async def test_missing_picture(buttons: tuple[str, ...], suffix: str) -> None:
    """The note about a missing picture mentions the buttons only if there are any."""
    record = job(image_url=PICTURE, buttons=buttons)
    _, note = await ResultFiles(ScriptedApi(downloads={PICTURE: PictureGone()}), fit_here).of(record)
    assert note == f"The picture is made, but its file can no longer be downloaded.{suffix}"


@pytest.mark.parametrize(
    ("second", "names", "note"),
    [
        (png(8), ["picture.png"], None),
        (PictureGone(), [], "The picture can't be shown here; open the original."),
        (Unreachable(), [], "The picture can't be shown here; open the original."),
    ],
)
async def test_the_second_address_of_a_picture(
    second: bytes | ImagineProError, names: list[str], note: str | None
) -> None:
    """It is tried where the first is not allowed; members may open that one if there is nothing at the second."""
    api = ScriptedApi(downloads={"http://a.example/1.png": PictureNotAllowed(), PICTURE: second})
    files = ResultFiles(api, fit_here)
    uploads, found = await files.of(job(image_url="http://a.example/1.png", original_url=PICTURE))
    assert ([upload.filename for upload in uploads], found) == (names, note)


async def test_reason_of_a_failed_download() -> None:
    """The note ends with the reason of the failed download."""
    error = Unreachable()
    _, note = await ResultFiles(ScriptedApi(downloads={PICTURE: error}), fit_here).of(job(image_url=PICTURE))
    assert note is not None
    assert note.endswith(f"can no longer be downloaded. {error.text}")


@pytest.mark.parametrize(
    ("data", "name"),
    [(MP4, "video.mp4"), (WEBM, "video.webm"), (moving("WEBP"), "video.webp"), (moving("GIF"), "video.gif")],
)
async def test_video_format_is_recognised_by_content(data: bytes, name: str) -> None:
    """A video's format is recognised by content, and the file is unchanged."""
    uploads, note = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: data}), fit_here).of(video(VIDEO_URLS[0]))
    assert [(upload.filename, upload.data) for upload in uploads] == [(name, data)]
    assert note is None


@pytest.mark.parametrize("data", [MP4, moving("WEBP", (200, 200))])
async def test_too_large_video_is_linked(data: bytes) -> None:
    """A video above the limit is linked in a note."""
    limited = video(VIDEO_URLS[0], reply=replace(JOB.reply, upload_limit=len(data) - 1))
    uploads, note = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: data}), fit_here).of(limited)
    assert (uploads, note) == ((), LINKED_NOTE)
    exact = video(VIDEO_URLS[0], reply=replace(JOB.reply, upload_limit=len(data)))
    assert (await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: data}), fit_here).of(exact))[1] is None


@pytest.mark.parametrize(("copy", "names"), [(MP4, ["video.mp4"]), (png(8), []), (PictureGone(), [])])
async def test_a_copy_of_a_video(copy: bytes | ImagineProError, names: list[str]) -> None:
    """A film that can't be had at its own address is shown from the picture's, unless there is a still of it."""
    api = ScriptedApi(downloads={VIDEO_URLS[0]: PictureGone(), PICTURE: copy})
    uploads, note = await ResultFiles(api, fit_here).of(job(image_url=PICTURE, videos=VIDEO_URLS[:1]))
    assert [upload.filename for upload in uploads] == names
    assert (note is None) is bool(names)


@pytest.mark.parametrize("data", [b"<html>", PictureTooLarge()])
async def test_a_file_that_is_no_video_is_linked(data: bytes | ImagineProError) -> None:
    """A file that is no video is linked in a note."""
    uploads, note = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: data}), fit_here).of(video(VIDEO_URLS[0]))
    assert (uploads, note) == ((), LINKED_NOTE)


async def test_a_still_at_a_video_address_is_shown_as_a_picture() -> None:
    """A still at a video's address is shown as the picture that it is."""
    uploads, note = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: png(8)}), fit_here).of(video(VIDEO_URLS[0]))
    assert ([upload.filename for upload in uploads], note) == (["picture.png"], None)


@pytest.mark.parametrize("url", [PICTURE, VIDEO_URLS[0]], ids=["png", "mp4"])
@pytest.mark.parametrize(
    ("data", "name"), [(MP4, "video.mp4"), (moving("WEBP"), "video.webp"), (png(8), "picture.png")]
)
async def test_the_bytes_of_a_buttons_result_decide(url: str, data: bytes, name: str) -> None:
    """A button's result is a video by its bytes, not by how its address ends."""
    animated = job(kind=JobKind.FOLLOW_UP, button="U1", image_url=url)
    results = await ResultFiles(ScriptedApi(downloads={url: data}), fit_here).download(animated)
    assert [(upload.filename, upload.is_video) for upload in results.uploads] == [(name, name.startswith("video"))]
    assert results.videos == ((url,) if name.startswith("video") else ())
    assert results.note is None


async def test_a_buttons_video_that_is_too_large_is_known_as_a_video() -> None:
    """A button's video that is too large is linked, and known as a video."""
    limited = job(image_url=PICTURE, buttons=("U1",), reply=replace(JOB.reply, upload_limit=len(MP4) - 1))
    results = await ResultFiles(ScriptedApi(downloads={PICTURE: MP4}), fit_here).download(limited)
    assert (results.uploads, results.note, results.videos) == ((), LINKED_NOTE, (PICTURE,))


async def test_a_buttons_video_that_is_gone() -> None:
    """The note about a button's missing file calls it what the button makes."""
    gone = ScriptedApi(downloads={PICTURE: PictureGone()})
    animated = job(kind=JobKind.FOLLOW_UP, button="Animate (Low motion)", image_url=PICTURE)
    assert (await ResultFiles(gone, fit_here).of(animated))[1] == (
        "The video is made, but its file can no longer be downloaded."
    )


async def test_a_video_beside_a_poster() -> None:
    """Where the record names a video, it is shown, and its poster is not."""
    both = job(kind=JobKind.FOLLOW_UP, button="U1", image_url=PICTURE, videos=VIDEO_URLS[:1])
    uploads, _ = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: MP4}), fit_here).of(both)
    assert [upload.filename for upload in uploads] == ["video.mp4"]
    assert result_urls(both) == VIDEO_URLS[:1]


async def test_missing_video() -> None:
    """The note about a missing video mentions its buttons."""
    _, note = await ResultFiles(ScriptedApi(downloads={VIDEO_URLS[0]: PictureGone()}), fit_here).of(
        video(VIDEO_URLS[0])
    )
    assert note == ("The video is made, but its file can no longer be downloaded. The buttons below may still work.")


async def test_several_videos_keep_their_numbers() -> None:
    """Several videos keep the numbers that their buttons use."""
    api = ScriptedApi(downloads={VIDEO_URLS[0]: PictureTooLarge(), VIDEO_URLS[1]: MP4, VIDEO_URLS[2]: WEBM})
    uploads, note = await ResultFiles(api, fit_here).of(video(*VIDEO_URLS))
    assert [upload.filename for upload in uploads] == ["video-2.mp4", "video-3.webm"]
    assert note == "1 of 3 videos can't be shown here; open the originals."
    assert result_urls(video(*VIDEO_URLS)) == VIDEO_URLS


async def test_described_picture_is_a_file_of_the_reply() -> None:
    """Without one from the API it is fetched from where the member gave it; one that no longer exists is left out."""
    asked: list[tuple[str, int, int]] = []

    async def fetch(address: str, *, member: int, max_bytes: int) -> bytes:
        asked.append((address, member, max_bytes))
        if "gone" in address:
            raise UserError("It is gone.")
        return png()

    texts = job(kind=JobKind.DESCRIBE, details={"url": "https://a.example/fox"}, texts=("a fox",))
    files = ResultFiles(ScriptedApi(), fit_here, fetch)
    [upload], note = await files.of(texts, 1_000_000)
    assert (upload.filename, upload.data, note) == ("input-1.png", png(), None)
    assert asked == [("https://a.example/fox", texts.reply.user_id, 1_000_000)]
    swapped = job(kind=JobKind.FACE_SWAP, details={"source": "https://a.example/gone", "target": "https://a.example/b"})
    assert [each.filename for each in await files.inputs(swapped, 1_000_000)] == ["input-2.png"]
    assert await files.inputs(swapped, 0) == ()


@pytest.mark.parametrize("size", [100, MAX_PREVIEW + 1])
async def test_previews_are_small(size: int) -> None:
    """A small one is uploaded as it is, without decoding it."""
    data, fitted = png().ljust(size, b"x"), list[int]()

    async def fit(_: bytes, max_bytes: int) -> Upload:
        fitted.append(max_bytes)
        return Upload(b"small", "picture.jpg")

    upload = await ResultFiles(ScriptedApi(downloads={PICTURE: data}), fit).preview(PICTURE)
    assert upload is not None
    assert (upload.data, fitted) == ((data, []) if len(data) <= MAX_PREVIEW else (b"small", [MAX_PREVIEW]))


async def test_thumbnail() -> None:
    """A result's own picture; a video's and a description's input, and none for an extension or a missing file."""
    asked: list[str] = []

    async def fetch(address: str, *, member: int, max_bytes: int) -> bytes:
        asked.append(address)
        return png()

    api = ScriptedApi(downloads={PICTURE: png(), URLS[0]: moving("WEBP"), URLS[1]: PictureGone()})
    files = ResultFiles(api, fit_here, fetch)
    film = {"image_url": VIDEO_URLS[0], "videos": VIDEO_URLS[:1]}
    shown = [
        job(image_url=PICTURE),
        job(kind=JobKind.VIDEO, details={"start": URLS[2], "end": URLS[3]}, **film),
        job(kind=JobKind.DESCRIBE, details={"url": URLS[3]}, texts=("a fox",)),
    ]
    assert all([await files.thumbnail(each) for each in shown])
    assert asked == [URLS[2], URLS[3]]
    nothing = [
        job(kind=JobKind.EXTEND_VIDEO, details={}, **film),
        job(kind=JobKind.FOLLOW_UP, button="U1", **film),
        job(kind=JobKind.FOLLOW_UP, button="U1", image_url=URLS[0]),
        job(image_url=URLS[1]),
        job(),
    ]
    assert [await files.thumbnail(each) for each in nothing] == [None] * len(nothing)


async def test_nothing_is_downloaded_where_no_files_may_be_attached() -> None:
    """The note says why; texts need none, and a job without any file has its own note."""
    files = ResultFiles(ScriptedApi(downloads={PICTURE: PictureGone()}), fit_here)
    assert await files.of(job(image_url=PICTURE), 0) == ((), NO_ATTACH_FILES)
    texts = job(kind=JobKind.DESCRIBE, details={"url": URLS[0]}, image_url=PICTURE, texts=("a fox",))
    assert await files.of(texts, 0) == ((), None)
    _, note = await files.of(job(buttons=("U1",)), 0)
    assert "sent no file" in str(note)
    film = await files.download(job(image_url=VIDEO_URLS[0], videos=VIDEO_URLS[:1]), 0)
    assert film.videos == VIDEO_URLS[:1]


async def test_missing_preview() -> None:
    """A preview that can't be had is none."""
    assert await ResultFiles(ScriptedApi(downloads={PICTURE: PictureGone()}), fit_here).preview(PICTURE) is None


@pytest.mark.parametrize("error", [PictureGone(), PictureTooLarge(), None])
async def test_descriptions_need_no_picture(error: ImagineProError | None) -> None:
    """For a description the picture is optional and its absence not mentioned."""
    texts = job(kind=JobKind.DESCRIBE, details={"url": PICTURE}, image_url=PICTURE, texts=("a fox",))
    downloads: dict[str, bytes | ImagineProError] = {} if error is None else {PICTURE: error}
    uploads, note = await ResultFiles(ScriptedApi(downloads=downloads), fit_here).of(texts)
    assert len(uploads) == (error is None)
    assert note is None
    nothing = job(kind=JobKind.DESCRIBE, details={"url": PICTURE}, texts=("a fox",))
    assert await ResultFiles(ScriptedApi(), fit_here).of(nothing) == ((), None)


async def test_transparency_survives_being_made_smaller() -> None:
    """A picture made smaller keeps its transparency."""
    clear = Image.merge("RGBA", [Image.effect_noise((300, 300), 90) for _ in "rgba"])
    target = BytesIO()
    clear.save(target, "PNG")
    reply = replace(JOB.reply, upload_limit=60_000)
    limited = job(kind=JobKind.REMOVE_BACKGROUND, details={"image": PICTURE}, image_url=PICTURE, reply=reply)
    [upload], note = await ResultFiles(ScriptedApi(downloads={PICTURE: target.getvalue()}), fit_here).of(limited)
    assert (upload.filename, note) == ("picture.webp", None)
    assert len(upload.data) <= 60_000
    assert Image.open(BytesIO(upload.data)).mode == "RGBA"


async def test_given_addresses_are_downloaded() -> None:
    """The tiles of a grid can be downloaded by address."""
    api = ScriptedApi(downloads={URLS[2]: PictureGone()})
    uploads, note = await ResultFiles(api, fit_here).at(URLS, 1_000_000)
    assert [upload.filename for upload in uploads] == ["picture-1.png", "picture-2.png", "picture-4.png"]
    assert note == "1 of 4 pictures can no longer be downloaded."
    assert await ResultFiles(api, fit_here).at((), 1_000_000) == ((), None)


async def test_at_most_one_gallery_is_downloaded() -> None:
    """At most ten files are downloaded, as many as a message shows."""
    api = ScriptedApi()
    uploads, _ = await ResultFiles(api, fit_here).at([f"{PICTURE}?{n}" for n in range(30)], 1_000_000)
    assert len(uploads) == MAX_FILES == api.calls.count("download")
