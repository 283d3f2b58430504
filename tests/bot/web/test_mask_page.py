"""The page around the drawing: what it says, when it sends, how it looks to whom."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.bot.web.scripted_mask_desk import EXPIRED, SENTENCE, TICKET, ScriptedDesk

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SMALL = pytest.mark.parametrize("wanted", [{"viewport": {"width": 390, "height": 844}}], ids=["390"])
SCHEMES = pytest.mark.parametrize(
    ("wanted", "background"),
    [({"color_scheme": "light"}, "rgb(253, 252, 254)"), ({"color_scheme": "dark"}, "rgb(28, 25, 36)")],
    ids=["light", "dark"],
)


async def paint(page: Page) -> None:
    """A dot in the middle."""
    await page.locator("#stage").click()
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()


async def test_send_waits_for_paint_and_for_the_answer(page: Page, desk: ScriptedDesk) -> None:
    """Nothing painted can't be sent, and neither can anything twice; the answer is shown and focused."""
    send = page.locator("#send")
    await expect(send).to_be_disabled()
    await paint(page)
    desk.gate = asyncio.Event()
    await send.click()
    await expect(send).to_have_text("Sending…")
    await expect(send).to_be_disabled()
    desk.gate.set()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()
    await expect(page.locator("#sent")).to_be_focused()
    await expect(send).to_be_hidden()
    assert len(desk.sent) == 1


async def test_the_prompt_is_filled_in_and_sent_as_changed(page: Page, desk: ScriptedDesk) -> None:
    """The picture's own prompt stands there; what is typed instead reaches the desk, letters being letters."""
    prompt = page.get_by_label("What should be there?")
    await expect(prompt).to_have_value(desk.prompt)
    await prompt.fill("")
    await prompt.press_sequentially("blue [bird]")
    await expect(page.get_by_role("radio", name="Brush")).to_be_checked()
    await paint(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()
    assert desk.prompts == ["blue [bird]"]


async def test_a_refusal_is_said_and_can_be_repaired(page: Page, desk: ScriptedDesk) -> None:
    """The desk's sentence is shown as text, the painting stays, and it can be sent again."""
    desk.refusal = "The word `<b>gore</b>` is not allowed. Change the prompt."
    await paint(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text(desk.refusal)
    desk.refusal = None
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()


async def test_trouble_on_the_way_is_said(page: Page) -> None:
    """A dead connection and a proxy's own error are told apart, and the painting can still be sent."""
    await paint(page)
    send, problem = page.get_by_role("button", name="Send"), page.get_by_role("alert")
    await page.route("**/mask/*", lambda route: route.abort())
    await send.click()
    await expect(problem).to_contain_text("There is no connection to the bot.")
    await page.unroute("**/mask/*")
    await page.route("**/mask/*", lambda route: route.fulfill(status=422, body="<h1>Not ours</h1>"))
    await send.click()
    await expect(problem).to_contain_text("The bot did not take this (422)")
    await page.unroute("**/mask/*")
    await send.click()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()


@pytest.mark.parametrize("wanted", [{}, {"viewport": {"width": 390, "height": 844}}], ids=["desk", "390"])
async def test_a_dead_link_says_so(tab: Page, address: str, desk: ScriptedDesk) -> None:
    """Nothing can be painted, and the desk's sentence tells what to do."""
    desk.used = True
    await tab.goto(f"{address}/mask/{TICKET}")
    await expect(tab.get_by_role("alert")).to_have_text(EXPIRED)
    await expect(tab.locator("#editor")).to_be_hidden()
    await expect(tab.get_by_text("Loading the picture…")).to_be_hidden()


async def test_how_much_is_painted_is_announced(page: Page) -> None:
    """A live region keeps count."""
    coverage = page.locator("#coverage")
    await expect(coverage).to_have_attribute("aria-live", "polite")
    await expect(coverage).to_have_text("Nothing is painted yet.")
    await paint(page)
    await expect(coverage).to_have_text(re.compile(r"^(Less than 1|\d+) % of the picture will change\.$"))


async def test_every_control_has_a_name(page: Page) -> None:
    """A screen reader finds each tool, button and field by what it does."""
    for name in ("Brush", "Rectangle", "Lasso", "Eraser"):
        await expect(page.get_by_role("radio", name=name)).to_have_count(1)
    for name in ("Undo", "Redo", "Invert", "Clear", "Zoom in", "Zoom out", "Show the whole picture", "Send"):
        await expect(page.get_by_role("button", name=name)).to_have_count(1)
    await expect(page.get_by_role("slider", name="Size")).to_have_count(1)
    await expect(page.get_by_role("application", name="Picture to paint on")).to_have_count(1)
    for control in await page.locator("button, input, textarea, [tabindex='0']").all():
        await expect(control).to_have_accessible_name(re.compile(r"\w"))


async def test_tab_reaches_everything_and_is_seen(page: Page) -> None:
    """From tool to Send in order, each with a visible ring."""
    await page.locator("[name=tool]:checked").focus()
    met: list[str] = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        met.append(await page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", met
        if met[-1] == "SUMMARY":
            break
    assert met == ["size", "invert", "stage", "zoom-out", "zoom-fit", "zoom-in", "prompt", "SUMMARY"]


@SMALL
async def test_a_narrow_screen_shows_all_of_it(page: Page) -> None:
    """Nothing is cut off or scrolled away, and what a finger must hit is large enough."""
    assert await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        390,
        844,
    ]
    for control in await page.locator("button:visible, .tools label, #size, #prompt").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
        assert box["height"] >= 28


@SCHEMES
async def test_light_and_dark_follow_the_system(page: Page, background: str) -> None:
    """The page takes the side that the system is on."""
    await expect(page.locator("body")).to_have_css("background-color", background)


async def test_mark_up_in_a_prompt_stays_text(tab: Page, address: str, desk: ScriptedDesk) -> None:
    """A prompt is a value, never part of the page."""
    desk.prompt = "</textarea><img src=x onerror=alert(1)>"
    await tab.goto(f"{address}/mask/{TICKET}")
    await expect(tab.get_by_label("What should be there?")).to_have_value(desk.prompt)
    await expect(tab.locator("main img")).to_have_count(1)
