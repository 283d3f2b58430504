"""Uploading inputs to the API: a URL, or None and a line in the log."""

import asyncio
from collections import deque

import pytest

from bot.imaginepro import ImagineProError, RequestRefused
from bot.services.images.uploads import InputUploads
from tests.bot.services.sample_images import picture
from tests.bot.services.scripted import ScriptedApi

URL = "https://image.imaginepro.ai/1.png"


class Storage(ScriptedApi):
    """An API whose uploads give these answers; with none left they never end."""

    def __init__(self, *answers: str | ImagineProError) -> None:
        super().__init__()
        self.uploads = deque(answers)
        self.sent: list[tuple[str, bytes, str]] = []

    async def upload_image(self, filename: str, data: bytes, content_type: str) -> str:
        self.sent.append((filename, data, content_type))
        if not self.uploads:
            await asyncio.Event().wait()
        answer = self.uploads.popleft()
        if isinstance(answer, ImagineProError):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("form", "suffix", "content_type"),
    [("PNG", "png", "image/png"), ("JPEG", "jpg", "image/jpeg"), ("WEBP", "webp", "image/webp")],
)
async def test_an_image_is_named_by_its_content(form: str, suffix: str, content_type: str) -> None:
    """The name can't be guessed, and ends in the suffix of what the bytes are."""
    api, image = Storage(URL, URL), picture(form)
    uploads = InputUploads(api, seconds=60)
    assert [await uploads.url_of(image) for _ in range(2)] == [URL, URL]
    (first, data, sent_as), (second, *_) = api.sent
    assert (data, sent_as) == (image, content_type)
    assert first != second
    assert first.endswith(f".{suffix}")
    assert len(first) > 30


async def test_a_failed_upload(caplog: pytest.LogCaptureFixture) -> None:
    """An error, or a wait that is too long: the caller takes another way."""
    uploads = InputUploads(Storage(RequestRefused("Not for you.")), seconds=0.01)
    assert [await uploads.url_of(picture()) for _ in range(2)] == [None, None]
    assert ["Not for you" in line.message or "too long" in line.message for line in caplog.records] == [True, True]


async def test_bytes_that_are_no_image() -> None:
    """Nothing is sent that the API could not read."""
    api = Storage(URL)
    assert await InputUploads(api, seconds=60).url_of(b"words") is None
    assert api.sent == []
