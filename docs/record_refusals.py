"""What `record_playground.py` records of a channel in which the bot may attach no files, on two screens."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, expect

IMAGES = Path(__file__).parent / "images"
PATIENCE_MILLISECONDS = 60_000
PROMPT = "/imagine a blue boat on a quiet lake"
SCREENS = {"without-attach-files": (1280, 900), "without-attach-files-phone": (390, 844)}


async def record_without_files(browser: Browser, address: str) -> None:
    """A finished job without Attach Files: the link, the buttons and what to do are there."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    await page.goto(address)
    await page.request.post(f"{address}/client/control", data={"fault": "forbid-files", "channel": "general"})
    await expect(page.get_by_text("Bot online")).to_be_visible()
    await page.locator("#composer-text").fill(PROMPT)
    await page.keyboard.press("Enter")
    reply = page.locator(".message", has_text="a blue boat").last
    await expect(reply.get_by_role("button", name="U1")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await page.close()
    for name, (width, height) in SCREENS.items():
        page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        await page.goto(address)
        await expect(page.get_by_role("button", name="U1").last).to_be_visible(timeout=PATIENCE_MILLISECONDS)
        Image.open(BytesIO(await page.screenshot())).convert("RGB").save(IMAGES / f"{name}.webp", quality=85, method=6)
        await page.close()
