"""What a member does in the browser: a region painted in the editor, and a picture described and made anew."""

from base64 import b64decode
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from playground.process.ports import free_port
from tests.end_to_end.place import Place
from tests.support.chromium import CHROMIUM, FLAGS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium or google-chrome"),
]

PATIENCE = 60_000  # milliseconds
LOADED = "picture => picture.complete && picture.naturalWidth > 0"


@pytest.fixture
async def page(place: Place) -> AsyncIterator[Page]:
    """The chat of the place, as Mia sees it; afterwards no page may have failed."""
    trouble: list[str] = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await chromium.new_context(viewport={"width": 1280, "height": 860})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: trouble.append(str(error.error)))
        page = await context.new_page()
        await page.goto(place.discord.url)
        yield page
        await chromium.close()
    assert trouble == []


@pytest.fixture
def web() -> dict[str, str]:
    """What a bot is told so that it serves the editor."""
    port = free_port()
    return {"PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_PORT": str(port)}


async def said(page: Page, text: str) -> Locator:
    """The newest message with this text, once it is there."""
    message = page.locator(".message", has_text=text).last
    await expect(message).to_be_visible(timeout=PATIENCE)
    return message


async def shown(page: Page, number: int, label: str) -> Locator:
    """The reply of that number, once it has a button of this name and its picture is seen."""
    message = page.locator(".message:not([data-ephemeral=true])").nth(number)
    await expect(message.get_by_role("button", name=label, exact=True)).to_be_visible(timeout=PATIENCE)
    picture = message.locator(".gallery img")
    await expect(picture).to_have_count(1, timeout=PATIENCE)
    await page.wait_for_function(LOADED, arg=await picture.element_handle())
    return message


async def begin(page: Page, command: str) -> None:
    """Type a command once the bot is there."""
    await expect(page.get_by_text("Bot online")).to_be_visible(timeout=PATIENCE)
    await page.locator("#composer-text").press_sequentially(command)


async def paint_rectangle(editor: Page) -> tuple[int, int, int, int]:
    """Paint one, and return its sides in the picture's pixels: left, top, right, bottom."""
    canvas = editor.locator("#mask")
    await expect(canvas).to_be_visible(timeout=PATIENCE)
    await editor.locator("label", has=editor.get_by_role("radio", name="Rectangle")).click()
    box = await canvas.bounding_box()
    assert box is not None
    scale = box["width"] / await canvas.evaluate("canvas => canvas.width")
    corners = [(round(box["x"] + box["width"] * part), round(box["y"] + box["height"] * part)) for part in (0.25, 0.6)]
    await editor.mouse.move(*corners[0])
    await editor.mouse.down()
    await editor.mouse.move(*corners[1], steps=6)
    await editor.mouse.up()
    left, top, right, bottom = (
        int((at - start) / scale + 0.5)
        for corner in corners
        for at, start in zip(corner, (box["x"], box["y"]), strict=True)
    )
    return left, top, right, bottom


def asked(place: Place, button: str) -> Any:
    """The body of the one request that pressed this button."""
    [body] = [
        each.body for each in place.api.request_log if each.path.endswith("/button") and each.body["button"] == button
    ]
    return body


async def test_from_a_button_through_the_editor_to_the_changed_picture(
    place: Place, page: Page, web: dict[str, str]
) -> None:
    """/imagine, U1, Vary (Region): a rectangle painted in the editor is all that is white in the mask the API gets."""
    async with place.bot(**web):
        await begin(page, "/imagine a red fox")
        await page.keyboard.press("Enter")
        await (await shown(page, 0, "U1")).get_by_role("button", name="U1", exact=True).click()
        await (await shown(page, 1, "Vary (Region)")).get_by_role("button", name="Vary (Region)").click()
        link = (await said(page, "Paint what should change")).get_by_role("link", name="Open the editor")
        async with page.context.expect_page() as opening:
            await link.click()
        editor = await opening.value
        painted = await paint_rectangle(editor)
        await editor.get_by_role("textbox").fill("a castle")
        await editor.get_by_role("button", name="Send", exact=True).click()
        await expect(editor.get_by_text("Your change is on its way")).to_be_visible(timeout=PATIENCE)
        await page.bring_to_front()
        await expect(await shown(page, 2, "U1")).to_contain_text("a castle")
    body = asked(place, "Vary (Region)")
    assert body["prompt"] == "a castle"
    with Image.open(BytesIO(b64decode(body["mask"]))) as opened:
        mask = opened.convert("L")
    wanted = Image.new("L", mask.size, 0)
    wanted.paste(255, painted)
    assert ImageChops.difference(mask, wanted).getbbox() is None


async def test_from_a_described_picture_to_one_of_its_prompts(place: Place, page: Page) -> None:
    """/describe with a file, press 1: the form holds the first prompt, and sent it becomes a picture."""
    buffer = BytesIO()
    Image.radial_gradient("L").convert("RGB").save(buffer, "PNG")
    async with place.bot():
        await begin(page, "/describe ")
        await page.get_by_role("toolbar").get_by_text("image", exact=True).click()
        file: FilePayload = {"name": "glow.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
        await page.locator(".option[data-option=image] input[type=file]").set_input_files(file)
        await page.locator("#composer").get_by_role("button", name="Send").click()
        described = await shown(page, 0, "1")
        await described.get_by_role("button", name="1", exact=True).click()
        form = page.get_by_role("dialog", name="Imagine prompt 1")
        words = await form.get_by_label("Prompt").input_value()
        await expect(described).to_contain_text(words)
        await form.get_by_role("button", name="Submit").click()
        await shown(page, 1, "U1")
    assert place.submissions() == ["describe", "imagine"]
    [sent] = [entry.body["prompt"] for entry in place.api.request_log if entry.path.endswith("/imagine")]
    assert sent == words
