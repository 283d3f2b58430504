"""The mask editor's page: sending, errors, accessibility and layout."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.bot.web.scripted_mask_service import EXPIRED, SENTENCE, TICKET, ScriptedMaskService

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SMALL = pytest.mark.parametrize("context_options", [{"viewport": {"width": 390, "height": 844}}], ids=["390"])
SCHEMES = pytest.mark.parametrize(
    ("context_options", "background"),
    [({"color_scheme": "light"}, "rgb(253, 252, 254)"), ({"color_scheme": "dark"}, "rgb(28, 25, 36)")],
    ids=["light", "dark"],
)


async def paint(page: Page) -> None:
    """Paint a dot in the middle."""
    await page.locator("#stage").click()
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()


async def test_send_needs_paint_and_waits_for_the_answer(page: Page, mask_service: ScriptedMaskService) -> None:
    """Send is disabled without paint and while sending, and the answer is shown and focused."""
    send = page.locator("#send")
    await expect(send).to_be_disabled()
    await paint(page)
    mask_service.gate = asyncio.Event()
    await send.click()
    await expect(send).to_have_text("Sending…")
    await expect(send).to_be_disabled()
    mask_service.gate.set()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()
    await expect(page.locator("#sent")).to_be_focused()
    await expect(send).to_be_hidden()
    assert len(mask_service.sent) == 1


async def test_the_prompt_is_filled_in_and_sent_as_changed(page: Page, mask_service: ScriptedMaskService) -> None:
    """The prompt is filled in, and typing in it triggers no shortcuts and is sent."""
    prompt = page.get_by_label("What should be there?")
    await expect(prompt).to_have_value(mask_service.prompt)
    await prompt.fill("")
    await prompt.press_sequentially("blue [bird]")
    await expect(page.get_by_role("radio", name="Brush")).to_be_checked()
    await paint(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()
    assert mask_service.prompts == ["blue [bird]"]


async def test_a_refusal_is_shown(page: Page, mask_service: ScriptedMaskService) -> None:
    """A refusal is shown as text, the mask stays, and it can be sent again."""
    mask_service.refusal = "The word `<b>gore</b>` is not allowed. Change the prompt."
    await paint(page)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text(mask_service.refusal)
    mask_service.refusal = None
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text(SENTENCE)).to_be_visible()


async def test_connection_errors_are_shown(page: Page) -> None:
    """Connection errors and foreign responses have their own messages, and the mask can be sent again."""
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


@pytest.mark.parametrize("context_options", [{}, {"viewport": {"width": 390, "height": 844}}], ids=["desk", "390"])
async def test_an_expired_link_is_explained(tab: Page, address: str, mask_service: ScriptedMaskService) -> None:
    """An expired link shows the sentence and no editor."""
    mask_service.used = True
    await tab.goto(f"{address}/mask/{TICKET}")
    await expect(tab.get_by_role("alert")).to_have_text(EXPIRED)
    await expect(tab.locator("#editor")).to_be_hidden()
    await expect(tab.get_by_text("Loading the picture…")).to_be_hidden()


async def test_the_painted_share_is_announced(page: Page) -> None:
    """A live region announces the painted share."""
    coverage = page.locator("#coverage")
    await expect(coverage).to_have_attribute("aria-live", "polite")
    await expect(coverage).to_have_text("Nothing is painted yet.")
    await paint(page)
    await expect(coverage).to_have_text(re.compile(r"^(Less than 1|\d+) % of the picture will change\.$"))


async def test_every_control_has_a_name(page: Page) -> None:
    """Every control has an accessible name."""
    for name in ("Brush", "Rectangle", "Lasso", "Eraser"):
        await expect(page.get_by_role("radio", name=name)).to_have_count(1)
    for name in ("Undo", "Redo", "Invert", "Clear", "Zoom in", "Zoom out", "Show the whole picture", "Send"):
        await expect(page.get_by_role("button", name=name)).to_have_count(1)
    await expect(page.get_by_role("slider", name="Size")).to_have_count(1)
    await expect(page.get_by_role("application", name="Picture to paint on")).to_have_count(1)
    for control in await page.locator("button, input, textarea, [tabindex='0']").all():
        await expect(control).to_have_accessible_name(re.compile(r"\w"))


async def test_tab_reaches_every_control(page: Page) -> None:
    """Tab reaches every control in order, each with a visible focus ring."""
    await page.locator("[name=tool]:checked").focus()
    drawn: list[str] = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        drawn.append(await page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", drawn
        if drawn[-1] == "SUMMARY":
            break
    assert drawn == ["size", "invert", "stage", "zoom-out", "zoom-fit", "zoom-in", "prompt", "SUMMARY"]


@SMALL
async def test_a_narrow_screen(page: Page) -> None:
    """On a narrow screen all controls are visible and large enough."""
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
    """The page follows the system's colour scheme."""
    await expect(page.locator("body")).to_have_css("background-color", background)


async def test_markup_in_a_prompt_stays_text(tab: Page, address: str, mask_service: ScriptedMaskService) -> None:
    """Markup in a prompt is shown as text."""
    mask_service.prompt = "</textarea><img src=x onerror=alert(1)>"
    await tab.goto(f"{address}/mask/{TICKET}")
    await expect(tab.get_by_label("What should be there?")).to_have_value(mask_service.prompt)
    await expect(tab.locator("main img")).to_have_count(1)
