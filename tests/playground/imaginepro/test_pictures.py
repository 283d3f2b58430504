"""The pictures: sizes, tiles, kinship with their parents."""

import base64
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.playground.imaginepro.client import ApiClient


@pytest.fixture
async def client(started) -> AsyncIterator[ApiClient]:
    """Pictures large enough for the writing on them to weigh little."""
    async with started(side=320) as client:
        yield client


QUARTERS = [(0, 0), (1, 0), (0, 1), (1, 1)]


def distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of two pictures' pixels, 0–255, at the first one's size."""
    difference = ImageChops.difference(first, second.resize(first.size))
    return sum(ImageStat.Stat(difference).mean) / 3


async def grid_of(client: ApiClient, prompt: str) -> tuple[dict, Image.Image]:
    record = await client.grid(prompt)
    return record, await client.picture(record["uri"])


async def after(client: ApiClient, record: dict, *labels: str, **fields: str) -> tuple[dict, Image.Image]:
    """The picture after pressing these buttons in turn."""
    for label in labels:
        record = await client.pressed(record["messageId"], label, **fields)
    return record, await client.picture(record["uri"])


async def test_tiles_are_cut_from_the_grid(client: ApiClient):
    """Each of the four is exactly its quarter, in the order U1 to U4."""
    record, grid = await grid_of(client, "a red fox --ar 3:2")
    w, h = grid.width // 2, grid.height // 2
    for url, (column, row) in zip(record["images"], QUARTERS, strict=True):
        quarter = grid.crop((column * w, row * h, (column + 1) * w, (row + 1) * h))
        assert (await client.picture(url)).tobytes() == quarter.tobytes()


@pytest.mark.parametrize(("ratio", "expected"), [("1:1", 1.0), ("3:2", 1.5), ("9:16", 0.5625), ("2:1", 2.0)])
async def test_the_aspect_ratio_is_kept(client: ApiClient, ratio: str, expected: float):
    """Grid and single have the ratio asked for."""
    record, grid = await grid_of(client, f"a boat --ar {ratio}")
    _, single = await after(client, record, "U3")
    assert grid.width / grid.height == pytest.approx(expected, rel=0.05)
    assert single.width / single.height == pytest.approx(expected, rel=0.05)


async def test_prompts_look_different_and_seeds_repeat(client: ApiClient):
    """The same words and seed give the same picture; other words or another seed do not."""
    _, first = await grid_of(client, "a red fox --seed 7")
    _, again = await grid_of(client, "a red fox --seed 7")
    _, other_seed = await grid_of(client, "a red fox --seed 8")
    _, other_words = await grid_of(client, "a castle at night --seed 7")
    assert first.tobytes() == again.tobytes()
    assert distance(first, other_seed) > 3
    assert distance(first, other_words) > 20


async def test_an_upscaled_tile_is_that_tile_larger(client: ApiClient):
    """U2 shows tile 2, as large as the grid; the other tiles are further from it."""
    record, grid = await grid_of(client, "a red fox --seed 7")
    tiles = [await client.picture(url) for url in record["images"]]
    _, single = await after(client, record, "U2")
    assert single.size == grid.size
    distances = [distance(tile, single) for tile in tiles]
    assert min(distances) == distances[1] < 6


@pytest.mark.parametrize(
    ("prompt", "label", "factor"),
    [
        ("a fox", "Upscale (Subtle)", 2),
        ("a fox", "Upscale (Creative)", 2),
        ("a fox --v 5", "Upscale (2x)", 2),
        ("a fox --v 5", "Upscale (4x)", 4),
    ],
)
async def test_upscales_are_larger(client: ApiClient, prompt: str, label: str, factor: int):
    """By the factor the label says, and the same picture; done again, of the same size."""
    record, grid = await grid_of(client, prompt)
    record, single = await after(client, record, "U1")
    record, large = await after(client, record, label)
    _, redone = await after(client, record, f"Redo {label}")
    assert (large.width, redone.width) == (grid.width * factor, grid.width * factor)
    assert distance(single, large) < 12


async def test_variations_are_kin(client: ApiClient):
    """Subtle ones are nearer to their parent than strong ones, both nearer than a stranger."""
    record, _ = await grid_of(client, "a red fox --seed 7")
    record, parent = await after(client, record, "U1")
    _, stranger = await grid_of(client, "a castle at night --seed 7")
    means = {}
    for label in ("Vary (Subtle)", "Vary (Strong)"):
        varied = await client.pressed(record["messageId"], label)
        tiles = [await client.picture(url) for url in await tile_urls(client, varied)]
        means[label] = sum(distance(tile, parent) for tile in tiles) / 4
    strange = distance(parent, stranger.crop((0, 0, stranger.width // 2, stranger.height // 2)))
    assert 1 < means["Vary (Subtle)"] < means["Vary (Strong)"] < strange


async def tile_urls(client: ApiClient, record: dict) -> list[str]:
    """Tiles of a grid made by a button: not in the record, yet they exist."""
    assert "images" not in record
    return [f"{record['uri'].removesuffix('.png')}-{number}.png" for number in range(1, 5)]


@pytest.mark.parametrize(("label", "factor"), [("Zoom Out 2x", 2.0), ("Zoom Out 1.5x", 1.5)])
async def test_zooming_out_shrinks_the_parent(client: ApiClient, label: str, factor: float):
    """In the middle of the wider scene stands the parent, smaller."""
    record, _ = await grid_of(client, "a red fox --seed 7")
    record, parent = await after(client, record, "U1")
    zoomed = await client.picture((await tile_urls(client, await client.pressed(record["messageId"], label)))[0])
    w, h = zoomed.width / factor, zoomed.height / factor
    left, top = (zoomed.width - w) / 2, (zoomed.height - h) / 2
    middle = zoomed.crop((round(left), round(top), round(left + w), round(top + h)))
    assert distance(middle, parent) < 7
    assert distance(zoomed, parent) > 2 * distance(middle, parent)


@pytest.mark.parametrize(
    ("label", "side"),
    [("\u2b05\ufe0f", "right"), ("\u27a1\ufe0f", "left"), ("\u2b06\ufe0f", "bottom"), ("\u2b07\ufe0f", "top")],
)
async def test_panning_extends_one_side(client: ApiClient, label: str, side: str):
    """The canvas grows by half in that direction; the parent stays at the other end."""
    record, _ = await grid_of(client, "a red fox --seed 7")
    record, parent = await after(client, record, "U1")
    panned = await client.picture((await tile_urls(client, await client.pressed(record["messageId"], label)))[0])
    ratio = 1.5 if side in {"left", "right"} else 1 / 1.5
    assert panned.width / panned.height == pytest.approx(ratio, rel=0.05)
    distances = {name: distance(end, parent) for name, end in halves(panned).items()}
    kept = distances.pop(side)
    assert kept < 6
    assert all(other > 3 * kept for other in distances.values())


def halves(image: Image.Image) -> dict[str, Image.Image]:
    """The two thirds of a picture at each of its ends."""
    w, h = image.size
    wide = w > h
    part = (round(w / 1.5), h) if wide else (w, round(h / 1.5))
    names = ("left", "right") if wide else ("top", "bottom")
    return {names[0]: image.crop((0, 0, *part)), names[1]: image.crop((w - part[0], h - part[1], w, h))}


async def test_make_square_squares(client: ApiClient):
    """The whole parent in a square picture."""
    record, _ = await grid_of(client, "a red fox --ar 2:1 --seed 7")
    record, parent = await after(client, record, "U1")
    _, square = await after(client, record, "Make Square")
    tile = square.crop((0, 0, square.width // 2, square.height // 2))
    middle = tile.crop((0, tile.height // 4, tile.width, tile.height * 3 // 4))
    assert square.width == square.height
    assert distance(middle, parent) < 7


async def test_reroll_makes_another_of_the_same(client: ApiClient):
    """After an imagine new pictures of the prompt, after a pan another pan of the same picture."""
    record, grid = await grid_of(client, "a red fox --seed 7")
    _, rerolled = await after(client, record, "🔄")
    assert rerolled.size == grid.size
    assert rerolled.tobytes() != grid.tobytes()
    record, panned = await after(client, record, "U1", "\u2b05\ufe0f")
    _, again = await after(client, record, "🔄")
    assert again.size == panned.size
    assert 0 < distance(panned, again) < 8


async def test_a_region_changes_where_the_mask_is_white(client: ApiClient):
    """Left of the mask's edge everything stays, right of it all is new."""
    record, _ = await grid_of(client, "a red fox --seed 7")
    record, parent = await after(client, record, "U1")
    mask = Image.new("L", (64, 64))
    ImageDraw.Draw(mask).rectangle((32, 0, 63, 63), 255)
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    _, grid = await after(client, record, "Vary (Region)", mask=base64.b64encode(buffer.getvalue()).decode())
    tile = grid.crop((0, 0, grid.width // 2, grid.height // 2)).resize(parent.size)
    w, h = parent.size
    kept, changed = ((0, 0, w // 2 - 4, h * 3 // 4), (w // 2 + 4, 0, w, h * 3 // 4))
    assert distance(parent.crop(kept), tile.crop(kept)) < 6
    assert distance(parent.crop(changed), tile.crop(changed)) > 2 * distance(parent.crop(kept), tile.crop(kept))


async def test_full_size_files_stay_reasonable(started):
    """A grid as the playground shows it is sharp, and far below 5 MB."""
    async with started(side=1280) as client:
        record = await client.grid("a cat and an owl in a snowy forest at night")
        _, data = await client.bytes_of(record["uri"])
    assert Image.open(io.BytesIO(data)).size == (1280, 1280)
    assert len(data) < 2 * 1024 * 1024


async def test_unknown_pictures_answer_404(client: ApiClient):
    """Neither made-up names nor a single's tiles exist, nor a picture before it is done."""
    grid = await client.grid("a fox")
    single = await client.pressed(grid["messageId"], "U1")
    running = await client.imagine("a fox scenario:never-ends")
    urls = [f"{client.api.url}/cdn/{name}.png" for name in (f"{single['messageId']}-1", "nothing", running)]
    assert [(await client.bytes_of(url))[0] for url in urls] == [404] * 3
