"""Drawing on the page as a hand does, and what the mask must look like afterwards."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from playwright.async_api import Page

from tests.bot.web.scripted_mask_desk import SENTENCE, ScriptedDesk

Point = tuple[float, float]


@dataclass
class Easel:
    """The page with its picture: where it is on the screen, in screen pixels, and its scale."""

    page: Page
    desk: ScriptedDesk
    left: float = 0
    top: float = 0
    scale: float = 1

    async def measured(self) -> Self:
        """The same, after the picture has moved on the screen."""
        box = await self.page.locator("#mask").bounding_box()
        assert box is not None
        self.left, self.top, self.scale = box["x"], box["y"], box["width"] / self.desk.width
        return self

    def on_screen(self, *points: Point) -> list[tuple[int, int]]:
        """Whole screen pixels nearest to these places in the picture."""
        return [(round(self.left + x * self.scale), round(self.top + y * self.scale)) for x, y in points]

    def in_picture(self, *points: Point) -> list[Point]:
        """The exact places in the picture that lie under points of the screen."""
        return [((x - self.left) / self.scale, (y - self.top) / self.scale) for x, y in points]

    async def drag(self, *points: Point) -> list[Point]:
        """Press the mouse at the first place, move through the others, let go. Returns the places really met."""
        screen = self.on_screen(*points)
        mouse = self.page.mouse
        await mouse.move(*screen[0])
        await mouse.down()
        for x, y in screen[1:]:
            await mouse.move(x, y, steps=6)
        await mouse.up()
        return self.in_picture(*screen)

    async def touch(self, *strokes: list[Point]) -> list[list[Point]]:
        """Put down one finger for each stroke, move them together, lift all. Returns the places really met."""
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

    async def sent(self) -> Image.Image:
        """Send, and return the mask that reached the desk: pure black and white, of the picture's size."""
        await self.page.get_by_role("button", name="Send", exact=True).click()
        await self.page.get_by_text(SENTENCE).wait_for()
        raw = Image.open(BytesIO(self.desk.sent[-1]))
        assert raw.size == (self.desk.width, self.desk.height)
        assert sum(raw.convert("L").histogram()[1:255]) == 0
        return self.desk.masks[-1]

    async def tip(self) -> float:
        """The brush's diameter in the picture's pixels, as shown."""
        return float((await self.page.locator("#size-shown").inner_text()).removesuffix(" px"))

    def blank(self, colour: int = 0) -> Image.Image:
        return Image.new("L", (self.desk.width, self.desk.height), colour)

    def rectangle(self, one: Point, other: Point) -> Image.Image:
        """White between two corners, which snap to whole pixels."""
        mask = self.blank()
        (left, right), (top, bottom) = (sorted(map(_nearest, pair)) for pair in zip(one, other, strict=True))
        mask.paste(255, (left, top, right, bottom))
        return mask

    def stroke(self, tip: float, *points: Point) -> Image.Image:
        """White where a round tip has passed."""
        mask = self.blank()
        draw, radius = ImageDraw.Draw(mask), tip / 2
        for (x, y), (to_x, to_y) in zip(points, points[1:] or points, strict=False):
            for part in range(201):
                at_x, at_y = x + (to_x - x) * part / 200, y + (to_y - y) * part / 200
                draw.ellipse((at_x - radius, at_y - radius, at_x + radius, at_y + radius), fill=255)
        return mask

    def polygon(self, *points: Point) -> Image.Image:
        mask = self.blank()
        ImageDraw.Draw(mask).polygon(points, fill=255)
        return mask


def same(mask: Image.Image, wanted: Image.Image) -> bool:
    """Whether every pixel agrees."""
    return ImageChops.difference(mask, wanted).getbbox() is None


def close(mask: Image.Image, wanted: Image.Image) -> bool:
    """Whether they agree but for two pixels along the edges."""
    inside, outside = wanted.filter(ImageFilter.MinFilter(5)), wanted.filter(ImageFilter.MaxFilter(5))
    return same(ImageChops.lighter(mask, inside), mask) and same(ImageChops.darker(mask, outside), mask)


def _nearest(value: float) -> int:
    """Rounded as JavaScript does: halves go up."""
    return int(value + 0.5)
