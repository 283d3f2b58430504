"""Drawing in the mask editor by mouse and touch, and the expected masks."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from playwright.async_api import Page

from tests.bot.web.scripted_mask_service import SENTENCE, ScriptedMaskService

Point = tuple[float, float]


@dataclass
class EditorPage:
    """The editor's page with the picture's position in screen pixels and its scale."""

    page: Page
    mask_service: ScriptedMaskService
    left: float = 0
    top: float = 0
    scale: float = 1

    async def measure(self) -> Self:
        """Measure the picture's position and scale."""
        box = await self.page.locator("#mask").bounding_box()
        assert box is not None
        self.left, self.top, self.scale = box["x"], box["y"], box["width"] / self.mask_service.width
        return self

    def on_screen(self, *points: Point) -> list[tuple[int, int]]:
        """The nearest screen pixels to these points of the picture."""
        return [(round(self.left + x * self.scale), round(self.top + y * self.scale)) for x, y in points]

    def in_picture(self, *points: Point) -> list[Point]:
        """The points of the picture under these screen points."""
        return [((x - self.left) / self.scale, (y - self.top) / self.scale) for x, y in points]

    async def drag(self, *points: Point) -> list[Point]:
        """Drag the mouse through these points and return the exact points in the picture."""
        screen = self.on_screen(*points)
        mouse = self.page.mouse
        await mouse.move(*screen[0])
        await mouse.down()
        for x, y in screen[1:]:
            await mouse.move(x, y, steps=6)
        await mouse.up()
        return self.in_picture(*screen)

    async def touch(self, *strokes: list[Point]) -> list[list[Point]]:
        """Touch with one finger per stroke and return the exact points in the picture."""
        screen = [self.on_screen(*stroke) for stroke in strokes]
        client = await self.page.context.new_cdp_session(self.page)

        async def dispatch(kind: str, places: list[tuple[int, int]]) -> None:
            touches: Any = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
            await client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        for count in range(1, len(screen) + 1):
            await dispatch("touchStart", [stroke[0] for stroke in screen[:count]])
        for places in zip(*(stroke[1:] for stroke in screen), strict=True):
            await dispatch("touchMove", list(places))
        await dispatch("touchEnd", [])
        return [self.in_picture(*stroke) for stroke in screen]

    async def send_mask(self) -> Image.Image:
        """Send the mask and return it, after checking its size and that it is black and white."""
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await self.page.get_by_text(SENTENCE).wait_for()
        raw = Image.open(BytesIO(self.mask_service.sent[-1]))
        assert raw.size == (self.mask_service.width, self.mask_service.height)
        assert sum(raw.convert("L").histogram()[1:255]) == 0
        return self.mask_service.masks[-1]

    async def brush_size(self) -> float:
        """The shown brush diameter in the picture's pixels."""
        return float((await self.page.locator("#size-shown").inner_text()).removesuffix(" px"))

    def blank(self, colour: int = 0) -> Image.Image:
        return Image.new("L", (self.mask_service.width, self.mask_service.height), colour)

    def rectangle(self, one: Point, other: Point) -> Image.Image:
        """A mask with a white rectangle between two corners, rounded to pixels."""
        mask = self.blank()
        (left, right), (top, bottom) = (sorted(map(_nearest, pair)) for pair in zip(one, other, strict=True))
        mask.paste(255, (left, top, right, bottom))
        return mask

    def stroke(self, brush_size: float, *points: Point) -> Image.Image:
        """A mask with the stroke of a round brush."""
        mask = self.blank()
        draw, radius = ImageDraw.Draw(mask), brush_size / 2
        for (x, y), (to_x, to_y) in zip(points, points[1:] or points, strict=False):
            for part in range(201):
                at_x, at_y = x + (to_x - x) * part / 200, y + (to_y - y) * part / 200
                draw.ellipse((at_x - radius, at_y - radius, at_x + radius, at_y + radius), fill=255)
        return mask

    def polygon(self, *points: Point) -> Image.Image:
        mask = self.blank()
        ImageDraw.Draw(mask).polygon(points, fill=255)
        return mask


def same(mask: Image.Image, expected: Image.Image) -> bool:
    """Whether the masks are equal."""
    return ImageChops.difference(mask, expected).getbbox() is None


def close(mask: Image.Image, expected: Image.Image) -> bool:
    """Whether the masks are equal except for two pixels along edges."""
    inside, outside = expected.filter(ImageFilter.MinFilter(5)), expected.filter(ImageFilter.MaxFilter(5))
    return same(ImageChops.lighter(mask, inside), mask) and same(ImageChops.darker(mask, outside), mask)


def _nearest(value: float) -> int:
    """Round as JavaScript does: halves up."""
    return int(value + 0.5)
