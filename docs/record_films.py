"""What `record_playground.py` records of films: `film.webp`, 1280 pixels wide, and `film-phone.webp`, 390 pixels wide.

Starts on the page where a single picture has been made already: it is animated, and one of the four films taken.
"""

from io import BytesIO

from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect
from record_commands import IMAGES, PATIENCE_MILLISECONDS

MIDDLE = "(film) => new Promise((shown) => { film.onseeked = shown; film.currentTime = film.duration / 2; })"


async def record_films(browser: Browser, page: Page) -> None:
    """Record the reply of Animate as a desktop shows it, and that of U2 as a phone does."""
    picture = page.locator(".message", has=page.get_by_role("button", name="Animate (High motion)")).last
    await picture.get_by_role("button", name="Animate (High motion)").click()
    four = _reply(page, "Animate (High motion) of")
    await _save(page, four, "film")
    await four.get_by_role("button", name="U2", exact=True).click()
    await expect(_reply(page, "U2 of this video").locator("video")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    phone = await browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="light")
    await phone.goto(page.url)
    await _save(phone, _reply(phone, "U2 of this video"), "film-phone")
    await phone.close()


def _reply(page: Page, words: str) -> Locator:
    return page.locator(".message", has_text=words).last


async def _save(page: Page, reply: Locator, name: str) -> None:
    """Keep what the page shows once the reply's film is there, in the middle of it."""
    film = reply.locator("video")
    await expect(film).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await film.evaluate(MIDDLE)
    await reply.get_by_role("button").last.scroll_into_view_if_needed()
    await page.mouse.move(page.viewport_size["width"] / 2 if page.viewport_size else 0, 2)
    await page.wait_for_timeout(1200)
    Image.open(BytesIO(await page.screenshot())).convert("RGB").save(IMAGES / f"{name}.webp", quality=82, method=6)
