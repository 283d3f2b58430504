"""What is made of pictures that are given: describe, face swap, blend, upscale, background, edit and video."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from PIL import Image, ImageChops, ImageDraw, ImageStat

from playground.imaginepro.pictures.crafts.mp4 import frames_of
from tests.playground.imaginepro.client import ApiClient

COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 170, 40),
    "blue": (20, 40, 220),
    "yellow": (250, 225, 30),
    "white": (250, 250, 250),
}


def subject() -> Image.Image:
    """A wide blue ground with a red disc in the middle."""
    image = Image.new("RGB", (120, 80), COLOURS["blue"])
    ImageDraw.Draw(image).ellipse((40, 20, 80, 60), fill=COLOURS["red"])
    return image


def pictures() -> dict[str, Image.Image]:
    """All pictures on the shelf by name."""
    return {**{name: Image.new("RGB", (64, 96), colour) for name, colour in COLOURS.items()}, "disc": subject()}


@pytest.fixture
async def shelf() -> AsyncIterator[str]:
    """An address with plain pictures by colour, a red disc on blue, and a text."""
    shown = pictures()

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in shown:
            return web.Response(text="no picture at all")
        buffer = io.BytesIO()
        shown[name].save(buffer, "PNG")
        return web.Response(body=buffer.getvalue(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/{name}.png", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def made(client: ApiClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The record of a job that must succeed."""
    return await client.done(await client.submit(path, body))


async def opened(client: ApiClient, url: str) -> Image.Image:
    """A file as it is, alpha and frames included."""
    status, data = await client.bytes_of(url)
    assert status == 200
    return Image.open(io.BytesIO(data))


def has_colour(image: Image.Image, colour: tuple[int, int, int]) -> bool:
    """True when a fair part of the picture has nearly this colour."""
    small = image.convert("RGB").resize((100, 100), Image.Resampling.NEAREST).tobytes()
    pixels = zip(small[::3], small[1::3], small[2::3], strict=True)
    close = sum(all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True)) for pixel in pixels)
    return close >= 50


async def film(client: ApiClient, url: str) -> list[Image.Image]:
    """The frames of a film."""
    status, data = await client.bytes_of(url)
    assert (status, data[4:12]) == (200, b"ftypisom")
    return frames_of(data)


def light(frames: list[Image.Image]) -> list[list[float]]:
    """How red, green and blue each frame is."""
    return [ImageStat.Stat(frame).mean for frame in frames]


def nearly_equal(one: Image.Image, other: Image.Image) -> bool:
    """Whether two frames differ by no more than their compression."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < 6


@pytest.mark.parametrize("path", ["/nova/describe", "/midjourney/describe"])
async def test_describe_tells_what_is_in_the_picture(client: ApiClient, shelf: str, path: str):
    """Four different prompts with the colours and the shape of the picture."""
    texts = (await made(client, path, {"url": f"{shelf}/disc.png"}))["response"]["content"]
    assert len(set(texts)) == 4
    assert all("blue" in text and "3:2" in text for text in texts)
    assert "red" in texts[0]


async def test_describe_tells_light_from_dark(client: ApiClient, shelf: str):
    """A white tall picture is bright and tall."""
    record = await made(client, "/nova/describe", {"url": f"{shelf}/white.png"})
    assert all(word in record["response"]["content"][3] for word in ("white", "bright", "tall"))


async def test_describe_knows_the_words_of_a_drawn_picture(client: ApiClient):
    """Grid and tile are described with the words they were drawn from."""
    grid = await client.grid("a red fox in snow")
    for url in (grid["uri"], grid["images"][2]):
        record = await made(client, "/nova/describe", {"url": url})
        assert all("a red fox in snow" in text for text in record["response"]["content"])


@pytest.mark.parametrize("path", ["/nova/faceswap", "/midjourney/faceswap"])
async def test_faceswap_puts_the_source_into_the_target(client: ApiClient, shelf: str, path: str):
    """The target keeps its size and its corners; the source's colour is in its middle."""
    record = await made(client, path, {"source": f"{shelf}/red.png", "target": f"{shelf}/green.png"})
    image = await client.picture(record["uri"])
    assert image.size == (64, 96)
    assert (image.getpixel((0, 0)), image.getpixel((32, 42))) == (COLOURS["green"], COLOURS["red"])


async def test_faceswap_can_find_no_face(client: ApiClient, shelf: str):
    """Chosen by a scenario, the job fails in the service's words."""
    client.api.faults.choose("no-face")
    job = await client.submit("/nova/faceswap", {"source": f"{shelf}/red.png", "target": f"{shelf}/green.png"})
    record = await client.ended(job)
    assert (record["status"], record["error"]) == ("FAIL", "no face detected")


@pytest.mark.parametrize("path", ["/nova/blend", "/midjourney/blend"])
@pytest.mark.parametrize("count", [2, 5])
async def test_blend_shows_every_input(client: ApiClient, shelf: str, path: str, count: int):
    """All inputs can be seen in the grid, in a single upscaled from it and after a reroll."""
    names = list(COLOURS)[:count]
    grid = await made(client, path, {"urls": [f"{shelf}/{name}.png" for name in names]})
    records = [grid, *[await client.pressed(grid["messageId"], label) for label in ("U2", "🔄")]]
    for record in records:
        image = await client.picture(record["uri"])
        assert [name for name in names if not has_colour(image, COLOURS[name])] == []


@pytest.mark.parametrize(("aspect", "wide"), [("2:3", False), ("3:2", True)])
async def test_pictures_without_words_are_blended(client: ApiClient, shelf: str, aspect: str, wide: bool):
    """An imagine of pictures alone shows all of them, in the shape that it asks for."""
    names = list(COLOURS)
    grid = await client.grid(" ".join([*(f"{shelf}/{name}.png" for name in names), f"--ar {aspect}"]))
    image = await client.picture(grid["uri"])
    assert [name for name in names if not has_colour(image, COLOURS[name])] == []
    assert (image.width > image.height) is wide


async def test_one_picture_without_words_is_no_prompt(client: ApiClient, shelf: str):
    """Midjourney wants words with it, or another picture."""
    record = await client.ended(await client.imagine(f"{shelf}/red.png"))
    assert (record["status"], "holds no words" in record["error"]) == ("FAIL", True)


async def test_describe_without_its_prompts(client: ApiClient, shelf: str):
    """The scenario takes the prompts out of the finished record."""
    client.api.faults.choose("done-without-texts")
    record = await made(client, "/nova/describe", {"url": f"{shelf}/disc.png"})
    assert ("response" in record, bool(record["uri"])) == (False, True)


async def test_flux_upscale_enlarges(client: ApiClient, shelf: str):
    """Three times as wide and high."""
    record = await made(client, "/flux/upscale", {"image": f"{shelf}/disc.png", "scale": 3})
    assert (await client.picture(record["uri"])).size == (360, 240)
    assert "buttons" not in record


async def test_the_background_becomes_transparent(client: ApiClient, shelf: str):
    """Corners are transparent, the disc is whole."""
    record = await made(client, "/tools/remove-bg", {"image": f"{shelf}/disc.png"})
    image = await opened(client, record["uri"])
    alpha = image.getchannel("A")
    assert (image.format, image.size) == ("PNG", (120, 80))
    assert [alpha.getpixel(place) for place in ((0, 0), (119, 79), (60, 5), (60, 40), (45, 40))] == [0, 0, 0, 255, 255]
    assert image.convert("RGB").getpixel((60, 40)) == COLOURS["red"]


@pytest.mark.parametrize("path", ["/universal/imagine", "/gemini/imagine"])
async def test_an_instruction_recolours_the_picture(client: ApiClient, shelf: str, path: str):
    """Made green, its light is mostly green, and it has the size it had."""
    contents = [{"type": "image", "url": f"{shelf}/disc.png"}, {"type": "text", "text": "make it green"}]
    image = await client.picture((await made(client, path, {"contents": contents}))["uri"])
    assert image.size == (120, 80)
    red, green, blue = ImageStat.Stat(image).mean
    assert green > red
    assert green > blue


async def test_text_alone_is_drawn(client: ApiClient):
    """Without a picture the words become one."""
    record = await made(client, "/universal/imagine", {"contents": [{"type": "text", "text": "a red fox"}]})
    assert (await client.picture(record["uri"])).size == (1024, 1024)


async def test_a_video_goes_from_one_frame_to_the_other_and_on(client: ApiClient, shelf: str):
    """The first frame is the start, the last the end; extended, it is longer."""
    frames = {"startFrameUrl": f"{shelf}/red.png", "endFrameUrl": f"{shelf}/blue.png", "prompt": "turn"}
    first = await client.submit("/video/mj/generate", frames)
    await client.done(first)
    longer = await client.submit("/video/mj/extend", {"messageId": first, "index": 0})
    await client.done(longer)
    record = (await client.call("GET", f"/video/mj/fetch/{first}")).body
    assert record["results"] == [{"url": record["videoUrl"], "index": 0}]
    shown = light(await film(client, record["videoUrl"]))
    assert shown[0][0] > 180
    assert shown[-1][0] < 60
    assert shown[-1][2] > 180
    further = (await client.call("GET", f"/video/mj/fetch/{longer}")).body
    assert len(await film(client, further["videoUrl"])) > len(shown)


async def test_films_made_by_buttons(client: ApiClient):
    """Animate makes a film of 2×2, U3 gives one of the four, Extend goes on from it in four ways."""
    single = await client.pressed((await client.grid("a red fox"))["messageId"], "U1")
    four = await client.pressed(single["messageId"], "Animate (High motion)")
    one = await client.pressed(four["messageId"], "U3")
    longer = await client.pressed(one["messageId"], "Extend (Low motion)")
    assert "videoUrl" not in four
    sheets, frames, further = [await film(client, record["uri"]) for record in (four, one, longer)]
    w, h = frames[0].size
    assert (sheets[0].size, further[0].size) == ((w * 2, h * 2), (w * 2, h * 2))
    assert len(sheets) == len(frames) < len(further)
    assert nearly_equal(sheets[-1].crop((0, h, w, 2 * h)), frames[-1])
    assert nearly_equal(further[0].crop((0, 0, w, h)), frames[0])
    assert not nearly_equal(frames[0], frames[-1])


async def test_a_film_in_the_field_of_videos(client: ApiClient):
    """Where that is chosen, a film is in videoUrl alone, and a picture in uri as ever."""
    single = await client.pressed((await client.grid("a red fox scenario:video-url-only"))["messageId"], "U1")
    record = await client.pressed(single["messageId"], "Animate (Low motion)")
    assert ("uri" in single, "videoUrl" in single, "uri" in record) == (True, False, False)
    assert len(await film(client, record["videoUrl"])) > 1


@pytest.mark.parametrize(
    ("path", "body", "price"),
    [
        ("/nova/describe", {"url": "red"}, 2),
        ("/nova/faceswap", {"source": "red", "target": "blue"}, 5),
        ("/nova/blend", {"urls": ["red", "blue"]}, 10),
        ("/flux/upscale", {"image": "red", "scale": 2}, 2),
        ("/tools/remove-bg", {"image": "red"}, 5),
        ("/video/mj/generate", {"startFrameUrl": "red", "endFrameUrl": "blue"}, 10),
    ],
)
async def test_prices_and_addresses_that_are_no_picture(client: ApiClient, shelf: str, path: str, body, price: int):
    """The price is taken at the submission; an address without a picture fails the job with a sentence."""

    def address(value: Any) -> Any:
        if isinstance(value, list):
            return [address(each) for each in value]
        return f"{shelf}/no-{value}.png" if isinstance(value, str) else value

    before = client.api.credits
    record = await client.ended(await client.submit(path, {name: address(value) for name, value in body.items()}))
    assert (record["status"], "is not an image" in record["error"]) == ("FAIL", True)
    assert before - client.api.credits == price


PICTURE = "http://127.0.0.1:9/a.png"
BAD = [
    ("/nova/describe", {}),
    ("/nova/describe", {"url": "fox.png"}),
    ("/nova/faceswap", {"source": PICTURE}),
    ("/nova/blend", {"urls": [PICTURE]}),
    ("/nova/blend", {"urls": [PICTURE] * 6}),
    ("/nova/blend", {"urls": [PICTURE, 7]}),
    ("/flux/upscale", {"image": PICTURE, "scale": 5}),
    ("/flux/upscale", {"image": PICTURE}),
    ("/tools/remove-bg", {"image": None}),
    ("/universal/imagine", {"contents": []}),
    ("/universal/imagine", {"contents": [{"type": "sound", "text": "x"}]}),
    ("/universal/imagine", {"contents": [{"type": "image", "url": PICTURE}]}),
    ("/universal/imagine", {"contents": [{"type": "text", "text": "x"}], "model": "flux-1.1-pro"}),
    ("/gemini/imagine", {"contents": "a fox"}),
    ("/video/mj/generate", {"startFrameUrl": PICTURE}),
]


@pytest.mark.parametrize(("path", "body"), BAD)
async def test_malformed_bodies_answer_400(client: ApiClient, path: str, body):
    """No job, no price."""
    before = client.api.credits
    assert (await client.call("POST", path, body)).status == 400
    assert (client.api.credits, len(client.api.jobs)) == (before, 0)


async def test_only_a_finished_video_can_be_extended(client: ApiClient):
    """An unknown job is 404, another kind of job 400; neither has a video record."""
    grid = (await client.grid("a fox"))["messageId"]
    replies = [
        await client.call("POST", "/video/mj/extend", {"messageId": job, "index": 0}) for job in ("nothing", grid)
    ]
    assert [reply.status for reply in replies] == [404, 400]
    assert (await client.call("GET", f"/video/mj/fetch/{grid}")).status == 404


async def test_picture_scenarios_apply_to_made_pictures(client: ApiClient, shelf: str):
    """A missing file answers 404, and an oversized one is still the picture."""
    found = {}
    for name in ("picture-gone", "picture-too-big"):
        client.api.faults.choose(name)
        record = await made(client, "/tools/remove-bg", {"image": f"{shelf}/disc.png"})
        found[name] = await client.bytes_of(record["uri"])
    assert found["picture-gone"][0] == 404
    assert len(found["picture-too-big"][1]) > 12 * 1024 * 1024
    assert Image.open(io.BytesIO(found["picture-too-big"][1])).size == (120, 80)
