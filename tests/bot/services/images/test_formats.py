"""Recognising pictures by content."""

import pytest

from bot.services.images.formats import ImageKind, VideoKind, sniff, sniff_video
from tests.bot.services.sample_images import moving, picture

KINDS = pytest.mark.parametrize(
    ("pillow_name", "kind"),
    [("PNG", ImageKind.PNG), ("JPEG", ImageKind.JPEG), ("WEBP", ImageKind.WEBP), ("GIF", ImageKind.GIF)],
)


@KINDS
def test_formats_are_recognised_by_content(pillow_name: str, kind: ImageKind) -> None:
    """All four formats are recognised by content."""
    assert sniff(picture(pillow_name)) is kind


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am a text file", b"%PDF-1.7", b"<svg/>", b"RIFF0000WAVE", b"BM000000"]
)
def test_other_files_are_no_pictures(data: bytes) -> None:
    """Other files are not recognised as pictures."""
    assert sniff(data) is None


def box(name: bytes, content: bytes = b"") -> bytes:
    """A box of an ISO base media file."""
    return (len(content) + 8).to_bytes(4) + name + content


EBML = b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (box(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41") + box(b"moov"), VideoKind.MP4),
        (box(b"ftyp", b"mp42\0\0\0\0mp42isom"), VideoKind.MP4),
        (box(b"ftyp", b"M4V \0\0\0\1mp42"), VideoKind.MP4),
        (box(b"ftyp", b"dash\0\0\0\0iso6"), VideoKind.MP4),
        (box(b"ftyp", b"qt  \0\0\0\0qt  "), VideoKind.MOV),
        (box(b"wide") + box(b"mdat"), VideoKind.MOV),
        (EBML + b"\x84webm" + bytes(40), VideoKind.WEBM),
        (moving("WEBP"), VideoKind.WEBP),
        (moving("GIF"), VideoKind.GIF),
    ],
)
def test_videos_are_recognised_by_content(data: bytes, kind: VideoKind) -> None:
    """Videos and moving pictures are recognised by content."""
    assert sniff_video(data) is kind


@pytest.mark.parametrize(
    "data",
    [
        *(picture(name) for name in ("PNG", "JPEG", "WEBP", "GIF", "AVIF")),
        *(box(b"ftyp", brand + b"\0\0\0\0mif1") for brand in (b"heic", b"mif1", b"avis")),
        box(b"ftyp", b"M4A \0\0\0\0mp42"),
        EBML + b"\x88matroska" + bytes(40),
        b"",
        b"ftyp",
        b"<html>ftypisom",
    ],
)
def test_stills_and_other_files_are_no_videos(data: bytes) -> None:
    """Stills, in the containers of videos too, sound and other files are no videos."""
    assert sniff_video(data) is None
