"""What is drawn in a real Chromium is white in the mask that reaches the desk, and nothing else is."""

import re

import pytest
import pytest_asyncio
from PIL import ImageChops
from playwright.async_api import Page, expect

from tests.bot.web.mask_drawing import Easel, close, same
from tests.bot.web.scripted_mask_desk import ScriptedDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DESK_AND_HAND = pytest.mark.parametrize(
    "wanted",
    [{"viewport": {"width": 1280, "height": 800}}, {"viewport": {"width": 390, "height": 844}}],
    ids=["1280", "390"],
)
TOUCH = pytest.mark.parametrize(
    "wanted",
    [{"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}],
    ids=["touch"],
)


@pytest.fixture
def desk() -> ScriptedDesk:
    return ScriptedDesk(width=640, height=448)


@pytest_asyncio.fixture(loop_scope="session")
async def easel(page: Page, desk: ScriptedDesk) -> Easel:
    return await Easel(page, desk).measured()


async def tap_rectangle(page: Page) -> None:
    """Choose the tool by finger; the browser makes a click of a tap only afterwards."""
    await page.locator("label", has_text="Rectangle").tap()
    await expect(page.get_by_role("radio", name="Rectangle")).to_be_checked()


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


@DESK_AND_HAND
async def test_a_rectangle_is_exact(easel: Easel) -> None:
    """From corner to corner, whichever is drawn first, to the pixel."""
    await easel.page.locator("label", has=easel.page.get_by_role("radio", name="Rectangle")).click()
    one, other = await easel.drag((430, 300), (120, 90))
    assert same(await easel.sent(), easel.rectangle(one, other))


@DESK_AND_HAND
async def test_a_brush_stroke_is_as_wide_as_its_tip(easel: Easel) -> None:
    """White along the way, half a tip to each side, round at the ends and corners."""
    met = await easel.drag((150, 120), (420, 120), (420, 330))
    assert close(await easel.sent(), easel.stroke(await easel.tip(), *met))


async def test_a_click_is_a_dot(easel: Easel) -> None:
    """A press without a move paints one tip."""
    met = await easel.drag((300, 200))
    assert close(await easel.sent(), easel.stroke(await easel.tip(), *met))


async def test_a_lasso_fills_what_it_encloses(easel: Easel) -> None:
    """The last point is joined to the first."""
    await press(easel.page, "l")
    met = await easel.drag((100, 80), (500, 140), (260, 380))
    assert close(await easel.sent(), easel.polygon(*met))


async def test_what_leaves_the_picture_is_cut_off(easel: Easel) -> None:
    """A rectangle drawn from outside reaches the picture's edge and no further."""
    await press(easel.page, "r")
    _, corner = await easel.drag((-8, -8), (200, 150))
    assert same(await easel.sent(), easel.rectangle((0, 0), corner))


async def test_the_eraser_takes_away(easel: Easel) -> None:
    """Where it passed is black again."""
    await press(easel.page, "r")
    one, other = await easel.drag((100, 100), (500, 350))
    await press(easel.page, "e")
    met = await easel.drag((200, 220), (400, 220))
    gone = easel.stroke(await easel.tip(), *met)
    assert close(await easel.sent(), ImageChops.subtract(easel.rectangle(one, other), gone))


async def test_invert_swaps_every_pixel(easel: Easel) -> None:
    """Twice is as before; once, the rectangle stays and the rest may change."""
    await press(easel.page, "r")
    one, other = await easel.drag((100, 100), (500, 350))
    invert = easel.page.get_by_role("button", name="Invert")
    for _ in range(3):
        await invert.click()
    assert same(await easel.sent(), ImageChops.invert(easel.rectangle(one, other)))


async def test_steps_are_undone_and_redone(easel: Easel) -> None:
    """Back by key and button, forth again, and a new step ends what could be redone."""
    page = easel.page
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    await expect(undo).to_be_disabled()
    await press(page, "r")
    first = await easel.drag((40, 40), (200, 150))
    await easel.drag((250, 40), (400, 150))
    await press(page, "b")
    await easel.drag((100, 300), (500, 300))
    await press(page, "Control+z")
    await undo.click()
    await undo.click()
    await expect(undo).to_be_disabled()
    await expect(page.locator("#coverage")).to_have_text("Nothing is painted yet.")
    await press(page, "Control+Shift+Z", "r")
    await expect(redo).to_be_enabled()
    third = await easel.drag((300, 250), (420, 400))
    await expect(redo).to_be_disabled()
    both = ImageChops.lighter(easel.rectangle(*first), easel.rectangle(*third))
    assert same(await easel.sent(), both)


async def test_clear_is_a_step_too(easel: Easel) -> None:
    """What was cleared by mistake comes back, and what follows a clear stands alone."""
    page = easel.page
    clear = page.get_by_role("button", name="Clear")
    await expect(clear).to_be_disabled()
    await press(page, "r")
    await easel.drag((40, 40), (200, 150))
    await clear.click()
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await press(page, "Control+z")
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await press(page, "Control+y")
    met = await easel.drag((250, 40), (400, 150))
    assert same(await easel.sent(), easel.rectangle(*met))


@TOUCH
async def test_a_finger_draws(easel: Easel) -> None:
    """One finger paints with the chosen tool, puts the prompt's keyboard away, and leaves the page where it is."""
    page = easel.page
    await page.locator("#prompt").focus()
    [met] = await easel.touch([(150, 100), (250, 100), (350, 100)])
    await expect(page.locator("#prompt")).not_to_be_focused()
    await tap_rectangle(page)
    [(one, *_, other)] = await easel.touch([(120, 250), (300, 300), (450, 400)])
    wanted = ImageChops.lighter(easel.stroke(await easel.tip(), *met), easel.rectangle(one, other))
    assert close(await easel.sent(), wanted)
    assert await page.evaluate("[scrollX, scrollY]") == [0, 0]


@TOUCH
async def test_two_fingers_zoom_and_paint_nothing(easel: Easel) -> None:
    """A pinch brings the picture closer; then one finger draws where it is seen."""
    page, before = easel.page, easel.scale
    await easel.touch([(250, 200), (200, 200), (150, 200)], [(350, 200), (400, 200), (450, 200)])
    await easel.measured()
    assert easel.scale == pytest.approx(3 * before, rel=0.05)
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await tap_rectangle(page)
    [(one, *_, other)] = await easel.touch([(270, 180), (300, 200), (330, 230)])
    assert same(await easel.sent(), easel.rectangle(one, other))


async def test_the_keyboard_draws_a_rectangle(easel: Easel) -> None:
    """With Shift the cursor goes by single pixels from the middle; Enter begins and ends."""
    page = easel.page
    await page.locator("#stage").focus()
    await press(page, "r", "Enter", *["Shift+ArrowRight"] * 20, *["Shift+ArrowDown"] * 10, "Enter")
    assert same(await easel.sent(), easel.rectangle((320, 224), (340, 234)))


async def test_the_keyboard_paints(easel: Easel) -> None:
    """Space paints at the visible cursor; held down, Enter paints along the way."""
    page, tip = easel.page, await easel.tip()
    # Tab reaches the picture from the control before it, as it does without a mouse.
    await page.get_by_role("button", name="Invert").focus()
    await press(page, "Tab")
    await expect(page.locator("#stage")).to_be_focused()
    await expect(page.locator("#overlay .cursor.over")).to_have_attribute("d", re.compile("^M"))
    await press(page, "Space", *["ArrowUp"] * 12)
    step = round(12 / easel.scale)
    await page.keyboard.down("Enter")
    await press(page, *["ArrowLeft"] * 9)
    await page.keyboard.up("Enter")
    top = 224 - 12 * step
    way = easel.stroke(tip, (320, top), (320 - 9 * step, top))
    assert close(await easel.sent(), ImageChops.lighter(easel.stroke(tip, (320, 224)), way))


async def test_escape_gives_up(easel: Easel) -> None:
    """A shape under way leaves nothing behind."""
    page = easel.page
    await page.locator("#stage").focus()
    await press(page, "l", "Enter", "ArrowLeft", "ArrowUp", "Escape", "Enter", "Enter")
    await expect(page.locator("#coverage")).to_have_text("Nothing is painted yet.")


async def test_the_size_is_changed_by_key_and_slider(easel: Easel) -> None:
    """Brackets and slider agree, and the tip paints as wide as it says."""
    page, first = easel.page, await easel.tip()
    await press(page, "]", "]")
    assert await easel.tip() > first
    await press(page, "[", "[")
    assert await easel.tip() == first
    await page.get_by_role("slider", name="Size").fill("20")
    assert await easel.tip() == 128
    met = await easel.drag((300, 220))
    assert close(await easel.sent(), easel.stroke(128, *met))


async def test_zooming_keeps_what_is_under_the_pointer(easel: Easel) -> None:
    """After the wheel, buttons, keys and a drag with Space, a rectangle is still exact."""
    page = easel.page
    [spot] = easel.on_screen((200, 150))
    await page.mouse.move(*spot)
    [before] = easel.in_picture(spot)
    await page.mouse.wheel(0, -600)
    await expect(page.locator("#zoom-shown")).not_to_have_text(f"{round(easel.scale * 100)} %")
    [after] = (await easel.measured()).in_picture(spot)
    assert after == pytest.approx(before, abs=0.01)
    await page.get_by_role("button", name="Zoom out").click()
    await press(page, "+", "+", "-")
    left, top = (await easel.measured()).left, easel.top
    await page.locator("#stage").focus()
    await page.mouse.move(500, 400)
    await page.keyboard.down("Space")
    await page.mouse.down()
    await page.mouse.move(540, 430)
    await page.mouse.up()
    await page.keyboard.up("Space")
    await easel.measured()
    assert (easel.left - left, easel.top - top) == pytest.approx((40, 30), abs=0.01)
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await press(page, "r")
    met = await easel.drag((200, 150), (260, 190))
    assert same(await easel.sent(), easel.rectangle(*met))


async def test_zero_shows_the_whole_picture_again(easel: Easel) -> None:
    """However far it was zoomed and moved."""
    before = (easel.left, easel.top, easel.scale)
    await press(easel.page, *"+++++++++")
    assert (await easel.measured()).scale > 4
    await press(easel.page, "0")
    await easel.measured()
    assert (easel.left, easel.top, easel.scale) == pytest.approx(before)


async def test_everything_may_change(easel: Easel) -> None:
    """An inverted empty mask is white everywhere."""
    await easel.page.get_by_role("button", name="Invert").click()
    await expect(easel.page.locator("#coverage")).to_have_text("The whole picture will change.")
    assert same(await easel.sent(), easel.blank(255))
