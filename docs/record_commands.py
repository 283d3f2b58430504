"""What `record_playground.py` records of the commands: a picture described, two blended, a part of one painted anew.

Each is a scene on the page where a single picture has been made already, and ends as `docs/images/<name>.webp`.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, expect

IMAGES = Path(__file__).parent / "images"
PATIENCE_MILLISECONDS = 60_000
LOADED = "() => [...document.images].every((image) => image.complete)"
CHANGE = "a grey rabbit in fresh snow, soft morning light"
# Corners of a lasso around the fox, wherever it sits, as parts of the picture's sides.
AROUND = ((0.1, 0.42), (0.3, 0.36), (0.7, 0.36), (0.9, 0.42), (0.94, 0.8), (0.8, 0.9), (0.2, 0.9), (0.06, 0.8))


async def record_commands(page: Page) -> None:
    """Record every scene."""
    fox = await _file(page, _with_button(page, "Vary (Region)"), "fox.png")
    await _region(page)
    await _describe(page, fox)
    await _blend(page, fox)


async def _region(page: Page) -> None:
    """The editor with a painted part, and what became of it in the chat."""
    await _with_button(page, "Vary (Region)").get_by_role("button", name="Vary (Region)").click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Open the editor").click(timeout=PATIENCE_MILLISECONDS)
    editor = await opening.value
    await editor.set_viewport_size({"width": 1280, "height": 820})
    await editor.get_by_text("Lasso", exact=True).click()
    await _lasso(editor)
    await editor.locator("#prompt").fill(CHANGE)
    await editor.mouse.move(640, 10)
    await _save(editor, "region-editor")
    await editor.get_by_role("button", name="Send", exact=True).click()
    await expect(editor.get_by_role("heading", name="Sent")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await editor.close()
    reply = page.locator(".message", has_text=CHANGE).last
    await expect(reply.get_by_role("button", name="U1")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await _save(page, "region")


async def _lasso(editor: Page) -> None:
    box = await editor.locator("#mask").bounding_box(timeout=PATIENCE_MILLISECONDS)
    if box is None:
        raise SystemExit("The editor shows no picture.")
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in AROUND]
    await editor.mouse.move(*places[0])
    await editor.mouse.down()
    for x, y in [*places[1:], places[0]]:
        await editor.mouse.move(x, y, steps=8)
    await editor.mouse.up()


async def _describe(page: Page, fox: FilePayload) -> None:
    await _type(page, "/describe ", {"image": fox})
    await _ended(page, "Imagine all")
    await _save(page, "describe")


async def _blend(page: Page, fox: FilePayload) -> None:
    await _type(page, "/flux a lighthouse by the sea at night", {})
    reply = page.locator(".message", has_text="a lighthouse by the sea at night").last
    await expect(reply.get_by_role("link", name="original")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    lighthouse = await _file(page, reply, "lighthouse.png")
    await _type(page, "/blend ", {"image1": fox, "image2": lighthouse})
    reply = page.locator(".message", has_text="Blend of 2 pictures").last
    await expect(reply.get_by_role("button", name="U1")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await _save(page, "blend")


async def _type(page: Page, command: str, files: dict[str, FilePayload]) -> None:
    """Send a command with these pictures, as a member does."""
    await page.locator("#composer-text").focus()
    await page.keyboard.type(command, delay=10)
    for option, file in files.items():
        field = page.locator(f"[data-option={option}]")
        if not await field.count():
            await page.get_by_role("toolbar", name="Options to add").get_by_text(option, exact=True).click()
        await field.locator("input[type=file]").set_input_files([file])
    await page.get_by_role("button", name="Send").click()


def _with_button(page: Page, label: str) -> Locator:
    """The newest message that has this button."""
    return page.locator(".message", has=page.get_by_role("button", name=label)).last


async def _ended(page: Page, label: str) -> None:
    await expect(_with_button(page, label)).to_be_visible(timeout=PATIENCE_MILLISECONDS)


async def _file(page: Page, message: Locator, name: str) -> FilePayload:
    """The picture that a message shows, as a file of this name."""
    address = await message.locator(".gallery img").first.get_attribute("src")
    if address is None:
        raise SystemExit(f"There is no picture for {name}.")
    answer = await page.request.get(address)
    return {"name": name, "mimeType": answer.headers["content-type"], "buffer": await answer.body()}


async def _save(page: Page, name: str) -> None:
    """Keep what the page shows once it is at rest."""
    await page.mouse.move(640, 2)
    await page.wait_for_function(LOADED)
    await page.wait_for_timeout(1200)
    Image.open(BytesIO(await page.screenshot())).convert("RGB").save(IMAGES / f"{name}.webp", quality=82, method=6)
