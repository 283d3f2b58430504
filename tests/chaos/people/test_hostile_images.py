"""The hostile images are valid files: a reader that is not on its guard decodes them."""

from io import BytesIO

import pytest
from PIL import Image

from tests.chaos.people.hostile_images import hostile_images, jpeg_of_scans, plain_png, plain_webp

SIDE = 100


@pytest.mark.parametrize(
    "data", [jpeg_of_scans(3, SIDE), plain_png(SIDE), plain_webp(SIDE)], ids=["jpg", "png", "webp"]
)
def test_they_can_be_read(data: bytes) -> None:
    """Here in a size that does no harm."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert image.size == (SIDE, SIDE)


def test_they_are_small_files() -> None:
    """Of less than a megabyte each."""
    assert max(len(image.data) for image in hostile_images()) < 1_000_000
