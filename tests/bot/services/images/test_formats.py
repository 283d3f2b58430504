"""Recognising pictures by content."""

import pytest

from bot.services.images.formats import ImageKind, sniff
from tests.bot.services.sample_images import picture

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
