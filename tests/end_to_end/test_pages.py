"""Browser flows: a region painted in the editor, and a picture described and generated from a prompt."""

from base64 import b64decode
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from playground.process.ports import free_port
from tests.end_to_end.environment import Environment
from tests.support.chromium import CHROMIUM, FLAGS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium or google-chrome"),
]

PATIENCE = 60_000  # milliseconds
LOADED = "picture => picture.complete && picture.naturalWidth > 0"


@pytest.fixture
async def page(environment: Environment) -> AsyncIterator[Page]:
    """The chat page as Mia sees it; no script on any page may fail."""
    page_errors: list[str] = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await chromium.new_context(viewport={"width": 1280, "height": 860})
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: page_errors.append(str(error.error)))
        page = await context.new_page()
        await page.goto(environment.discord.url)
        yield page
        await chromium.close()
    assert page_errors == []


@pytest.fixture
def web() -> dict[str, str]:
    """Settings with which the bot serves the editor."""
    port = free_port()
    return {"PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_PORT": str(port)}


async def message_with(page: Page, text: str) -> Locator:
    """The newest message with this text, once it is visible."""
    message = page.locator(".message", has_text=text).last
    await expect(message).to_be_visible(timeout=PATIENCE)
    return message


async def finished_reply(page: Page, number: int, label: str) -> Locator:
    """The reply at this position, once it has a button with this label and its picture has loaded."""
    message = page.locator(".message:not([data-ephemeral=true])").nth(number)
    await expect(message.get_by_role("button", name=label, exact=True)).to_be_visible(timeout=PATIENCE)
    picture = message.locator(".gallery img")
    await expect(picture).to_have_count(1, timeout=PATIENCE)
    await page.wait_for_function(LOADED, arg=await picture.element_handle())
    return message


async def type_command(page: Page, command: str) -> None:
    """Type a command once the bot is online."""
    await expect(page.get_by_text("Bot online")).to_be_visible(timeout=PATIENCE)
    await page.locator("#composer-text").press_sequentially(command)


async def paint_rectangle(editor: Page) -> tuple[int, int, int, int]:
    """Paint a rectangle and return its edges in the picture's pixels: left, top, right, bottom."""
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


def button_request(environment: Environment, button: str) -> Any:
    """The body of the only API request that pressed this button."""
    [body] = [
        entry.body
        for entry in environment.api.request_log
        if entry.path.endswith("/button") and entry.body["button"] == button
    ]
    return body


async def test_vary_region_through_the_editor(environment: Environment, page: Page, web: dict[str, str]) -> None:
    """After Vary (Region) the mask that the API gets is white exactly where the member painted in the editor."""
    async with environment.bot(**web):
        await type_command(page, "/imagine a red fox")
        await page.keyboard.press("Enter")
        await (await finished_reply(page, 0, "U1")).get_by_role("button", name="U1", exact=True).click()
        await (await finished_reply(page, 1, "Vary (Region)")).get_by_role("button", name="Vary (Region)").click()
        link = (await message_with(page, "Paint what should change")).get_by_role("link", name="Open the editor")
        async with page.context.expect_page() as opening:
            await link.click()
        editor = await opening.value
        painted = await paint_rectangle(editor)
        await editor.get_by_role("textbox").fill("a castle")
        await editor.get_by_role("button", name="Send", exact=True).click()
        await expect(editor.get_by_text("Your change is on its way")).to_be_visible(timeout=PATIENCE)
        await page.bring_to_front()
        await expect(await finished_reply(page, 2, "U1")).to_contain_text("a castle")
    body = button_request(environment, "Vary (Region)")
    assert body["prompt"] == "a castle"
    with Image.open(BytesIO(b64decode(body["mask"]))) as opened:
        mask = opened.convert("L")
    wanted = Image.new("L", mask.size, 0)
    wanted.paste(255, painted)
    assert ImageChops.difference(mask, wanted).getbbox() is None


async def test_describe_and_generate_from_its_prompt(environment: Environment, page: Page) -> None:
    """After /describe, button 1 opens a modal with the first prompt, and submitting it makes a picture."""
    buffer = BytesIO()
    Image.radial_gradient("L").convert("RGB").save(buffer, "PNG")
    async with environment.bot():
        await type_command(page, "/describe ")
        await page.get_by_role("toolbar").get_by_text("image", exact=True).click()
        file: FilePayload = {"name": "glow.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
        await page.locator(".option[data-option=image] input[type=file]").set_input_files(file)
        await page.locator("#composer").get_by_role("button", name="Send").click()
        described = await finished_reply(page, 0, "1")
        await described.get_by_role("button", name="1", exact=True).click()
        form = page.get_by_role("dialog", name="Imagine prompt 1")
        words = await form.get_by_label("Prompt").input_value()
        await expect(described).to_contain_text(words)
        await form.get_by_role("button", name="Submit").click()
        await finished_reply(page, 1, "U1")
    assert environment.submissions() == ["describe", "imagine"]
    [sent] = [entry.body["prompt"] for entry in environment.api.request_log if entry.path.endswith("/imagine")]
    assert sent == words
