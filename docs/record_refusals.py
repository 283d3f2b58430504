"""What `record_playground.py` records of a channel in which the bot may attach no files, on two screens."""

from io import BytesIO

from PIL import Image
from playwright.async_api import Browser, Page, expect
from record_commands import IMAGES, PATIENCE_MILLISECONDS

CHANNEL = "art"
PROMPT = "/imagine a blue boat on a quiet lake"
SCREENS = {"without-attach-files": (1280, 900), "without-attach-files-phone": (390, 844)}


async def record_without_files(browser: Browser, address: str) -> None:
    """A finished job without Attach Files: the link, the buttons and what to do are there."""
    page = await _channel(browser, address, 1280, 900)
    await page.request.post(f"{address}/client/control", data={"fault": "forbid-files", "channel": CHANNEL})
    await page.locator("#composer-text").fill(PROMPT)
    await page.keyboard.press("Enter")
    await _finished(page)
    await page.close()
    for name, (width, height) in SCREENS.items():
        page = await _channel(browser, address, width, height)
        await _finished(page)
        Image.open(BytesIO(await page.screenshot())).convert("RGB").save(IMAGES / f"{name}.webp", quality=85, method=6)
        await page.close()


async def _channel(browser: Browser, address: str, width: int, height: int) -> Page:
    """A page of this size that shows the channel, in which nothing else has been made."""
    page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    await page.goto(address)
    await expect(page.locator("#bot-status")).to_contain_text("online", timeout=PATIENCE_MILLISECONDS)
    menu = page.locator("#menu")
    if await menu.is_visible():
        await menu.click()
    await page.locator("#channels").get_by_role("button", name=CHANNEL, exact=True).click()
    await expect(page.locator("#channel-title")).to_contain_text(CHANNEL)
    # The drawer of a narrow screen slides out of the way.
    await page.wait_for_timeout(500)
    return page


async def _finished(page: Page) -> None:
    await expect(page.get_by_role("button", name="U1").last).to_be_visible(timeout=PATIENCE_MILLISECONDS)
