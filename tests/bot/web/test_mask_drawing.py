"""Masks drawn in a real Chromium are white exactly where they were drawn."""

import re

import pytest
import pytest_asyncio
from PIL import ImageChops
from playwright.async_api import Page, expect

from tests.bot.web.mask_drawing import EditorPage, close, same
from tests.bot.web.scripted_mask_service import ScriptedMaskService

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WIDE_AND_NARROW = pytest.mark.parametrize(
    "context_options",
    [{"viewport": {"width": 1280, "height": 800}}, {"viewport": {"width": 390, "height": 844}}],
    ids=["1280", "390"],
)
TOUCH = pytest.mark.parametrize(
    "context_options",
    [{"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}],
    ids=["touch"],
)


@pytest.fixture
def mask_service() -> ScriptedMaskService:
    return ScriptedMaskService(width=640, height=448)


@pytest_asyncio.fixture(loop_scope="session")
async def editor(page: Page, mask_service: ScriptedMaskService) -> EditorPage:
    return await EditorPage(page, mask_service).measure()


async def tap_rectangle(page: Page) -> None:
    """Choose the rectangle tool by touch."""
    await page.locator("label", has_text="Rectangle").tap()
    await expect(page.get_by_role("radio", name="Rectangle")).to_be_checked()


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


@WIDE_AND_NARROW
async def test_a_rectangle_is_exact(editor: EditorPage) -> None:
    """A rectangle is exact to the pixel, drawn in any direction."""
    await editor.page.locator("label", has=editor.page.get_by_role("radio", name="Rectangle")).click()
    one, other = await editor.drag((430, 300), (120, 90))
    assert same(await editor.send_mask(), editor.rectangle(one, other))


@WIDE_AND_NARROW
async def test_a_brush_stroke_is_as_wide_as_its_tip(editor: EditorPage) -> None:
    """A brush stroke has the brush's width and round ends."""
    drawn = await editor.drag((150, 120), (420, 120), (420, 330))
    assert close(await editor.send_mask(), editor.stroke(await editor.brush_size(), *drawn))


async def test_a_click_is_a_dot(editor: EditorPage) -> None:
    """A click paints one dot."""
    drawn = await editor.drag((300, 200))
    assert close(await editor.send_mask(), editor.stroke(await editor.brush_size(), *drawn))


async def test_a_lasso_fills_what_it_encloses(editor: EditorPage) -> None:
    """A lasso is closed and filled."""
    await press(editor.page, "l")
    drawn = await editor.drag((100, 80), (500, 140), (260, 380))
    assert close(await editor.send_mask(), editor.polygon(*drawn))


async def test_a_rectangle_is_cut_at_the_edge(editor: EditorPage) -> None:
    """A rectangle from outside is cut at the picture's edge."""
    await press(editor.page, "r")
    _, corner = await editor.drag((-8, -8), (200, 150))
    assert same(await editor.send_mask(), editor.rectangle((0, 0), corner))


async def test_the_eraser(editor: EditorPage) -> None:
    """The eraser makes its stroke black."""
    await press(editor.page, "r")
    one, other = await editor.drag((100, 100), (500, 350))
    await press(editor.page, "e")
    drawn = await editor.drag((200, 220), (400, 220))
    erased = editor.stroke(await editor.brush_size(), *drawn)
    assert close(await editor.send_mask(), ImageChops.subtract(editor.rectangle(one, other), erased))


async def test_invert_swaps_every_pixel(editor: EditorPage) -> None:
    """Invert swaps black and white, and twice restores them."""
    await press(editor.page, "r")
    one, other = await editor.drag((100, 100), (500, 350))
    invert = editor.page.get_by_role("button", name="Invert")
    for _ in range(3):
        await invert.click()
    assert same(await editor.send_mask(), ImageChops.invert(editor.rectangle(one, other)))


async def test_steps_are_undone_and_redone(editor: EditorPage) -> None:
    """Undo and redo work by key and button, and a new step clears the redo stack."""
    page = editor.page
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    await expect(undo).to_be_disabled()
    await press(page, "r")
    first = await editor.drag((40, 40), (200, 150))
    await editor.drag((250, 40), (400, 150))
    await press(page, "b")
    await editor.drag((100, 300), (500, 300))
    await press(page, "Control+z")
    await undo.click()
    await undo.click()
    await expect(undo).to_be_disabled()
    await expect(page.locator("#coverage")).to_have_text("Nothing is painted yet.")
    await press(page, "Control+Shift+Z", "r")
    await expect(redo).to_be_enabled()
    third = await editor.drag((300, 250), (420, 400))
    await expect(redo).to_be_disabled()
    both = ImageChops.lighter(editor.rectangle(*first), editor.rectangle(*third))
    assert same(await editor.send_mask(), both)


async def test_clear_can_be_undone(editor: EditorPage) -> None:
    """Clear can be undone and redone."""
    page = editor.page
    clear = page.get_by_role("button", name="Clear")
    await expect(clear).to_be_disabled()
    await press(page, "r")
    await editor.drag((40, 40), (200, 150))
    await clear.click()
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await press(page, "Control+z")
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await press(page, "Control+y")
    drawn = await editor.drag((250, 40), (400, 150))
    assert same(await editor.send_mask(), editor.rectangle(*drawn))


@TOUCH
async def test_a_finger_draws(editor: EditorPage) -> None:
    """One finger paints, hides the keyboard and does not scroll the page."""
    page = editor.page
    await page.locator("#prompt").focus()
    [drawn] = await editor.touch([(150, 100), (250, 100), (350, 100)])
    await expect(page.locator("#prompt")).not_to_be_focused()
    await tap_rectangle(page)
    [(one, *_, other)] = await editor.touch([(120, 250), (300, 300), (450, 400)])
    expected = ImageChops.lighter(editor.stroke(await editor.brush_size(), *drawn), editor.rectangle(one, other))
    assert close(await editor.send_mask(), expected)
    assert await page.evaluate("[scrollX, scrollY]") == [0, 0]


@TOUCH
async def test_two_fingers_zoom_and_paint_nothing(editor: EditorPage) -> None:
    """Two fingers zoom without painting, and one finger then draws at the right place."""
    page, before = editor.page, editor.scale
    await editor.touch([(250, 200), (200, 200), (150, 200)], [(350, 200), (400, 200), (450, 200)])
    await editor.measure()
    assert editor.scale == pytest.approx(3 * before, rel=0.05)
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await tap_rectangle(page)
    [(one, *_, other)] = await editor.touch([(270, 180), (300, 200), (330, 230)])
    assert same(await editor.send_mask(), editor.rectangle(one, other))


async def test_the_keyboard_draws_a_rectangle(editor: EditorPage) -> None:
    """A rectangle can be drawn by keyboard, with Shift for single pixels."""
    page = editor.page
    await page.locator("#stage").focus()
    await press(page, "r", "Enter", *["Shift+ArrowRight"] * 20, *["Shift+ArrowDown"] * 10, "Enter")
    assert same(await editor.send_mask(), editor.rectangle((320, 224), (340, 234)))


async def test_the_keyboard_paints(editor: EditorPage) -> None:
    """Space paints at the cursor, and holding Enter paints a stroke."""
    page, brush_size = editor.page, await editor.brush_size()
    # Tab moves the focus from the control before the picture to it.
    await page.get_by_role("button", name="Invert").focus()
    await press(page, "Tab")
    await expect(page.locator("#stage")).to_be_focused()
    await expect(page.locator("#overlay .cursor.over")).to_have_attribute("d", re.compile("^M"))
    await press(page, "Space", *["ArrowUp"] * 12)
    step = round(12 / editor.scale)
    await page.keyboard.down("Enter")
    await press(page, *["ArrowLeft"] * 9)
    await page.keyboard.up("Enter")
    top = 224 - 12 * step
    path = editor.stroke(brush_size, (320, top), (320 - 9 * step, top))
    assert close(await editor.send_mask(), ImageChops.lighter(editor.stroke(brush_size, (320, 224)), path))


async def test_escape_cancels_a_shape(editor: EditorPage) -> None:
    """Escape cancels a shape under way."""
    page = editor.page
    await page.locator("#stage").focus()
    await press(page, "l", "Enter", "ArrowLeft", "ArrowUp", "Escape", "Enter", "Enter")
    await expect(page.locator("#coverage")).to_have_text("Nothing is painted yet.")


async def test_the_size_is_changed_by_key_and_slider(editor: EditorPage) -> None:
    """Brackets and slider change the brush size, and a dot has that size."""
    page, first = editor.page, await editor.brush_size()
    await press(page, "]", "]")
    assert await editor.brush_size() > first
    await press(page, "[", "[")
    assert await editor.brush_size() == first
    await page.get_by_role("slider", name="Size").fill("20")
    assert await editor.brush_size() == 128
    drawn = await editor.drag((300, 220))
    assert close(await editor.send_mask(), editor.stroke(128, *drawn))


async def test_zooming_keeps_the_point_under_the_pointer(editor: EditorPage) -> None:
    """Zooming keeps the point under the pointer, and drawing stays exact after zoom and pan."""
    page = editor.page
    [point] = editor.on_screen((200, 150))
    await page.mouse.move(*point)
    [before] = editor.in_picture(point)
    await page.mouse.wheel(0, -600)
    await expect(page.locator("#zoom-shown")).not_to_have_text(f"{round(editor.scale * 100)} %")
    [after] = (await editor.measure()).in_picture(point)
    assert after == pytest.approx(before, abs=0.01)
    await page.get_by_role("button", name="Zoom out").click()
    await press(page, "+", "+", "-")
    left, top = (await editor.measure()).left, editor.top
    await page.locator("#stage").focus()
    await page.mouse.move(500, 400)
    await page.keyboard.down("Space")
    await page.mouse.down()
    await page.mouse.move(540, 430)
    await page.mouse.up()
    await page.keyboard.up("Space")
    await editor.measure()
    assert (editor.left - left, editor.top - top) == pytest.approx((40, 30), abs=0.01)
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await press(page, "r")
    drawn = await editor.drag((200, 150), (260, 190))
    assert same(await editor.send_mask(), editor.rectangle(*drawn))


async def test_zero_resets_the_zoom(editor: EditorPage) -> None:
    """Key 0 resets zoom and position."""
    before = (editor.left, editor.top, editor.scale)
    await press(editor.page, *"+++++++++")
    assert (await editor.measure()).scale > 4
    await press(editor.page, "0")
    await editor.measure()
    assert (editor.left, editor.top, editor.scale) == pytest.approx(before)


async def test_a_fully_painted_mask(editor: EditorPage) -> None:
    """An inverted empty mask is completely white."""
    await editor.page.get_by_role("button", name="Invert").click()
    await expect(editor.page.locator("#coverage")).to_have_text("The whole picture will change.")
    assert same(await editor.send_mask(), editor.blank(255))
