"""Makes the README's pictures from a real run: `uv run --group dev python docs/record_playground.py`.

Starts the playground, plays the first minute of a newcomer in the system's Chromium, and writes into docs/images/:
`playground.png` (light, after U2), `playground-dark.png`, `playground-phone.png` (390 pixels wide), `imagine.png`, an
animation (APNG) of the run from the first key to U2's picture, `behind-the-scenes.png` (the panel),
and what `record_commands.py`, `record_films.py` and `record_refusals.py` add.
"""

import asyncio
import shutil
import sys
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect
from record_commands import IMAGES, PATIENCE_MILLISECONDS, record_commands
from record_films import record_films
from record_refusals import record_without_files

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PROMPT = "/imagine a red fox in fresh snow, soft morning light"
FRAME_MILLISECONDS = 350
WIDTH, HEIGHT = 1280, 960
ANIMATED = (960, 720)


async def main() -> None:
    """Record everything."""
    IMAGES.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        address = await _playground(stack)
        playwright = await stack.enter_async_context(async_playwright())
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.push_async_callback(browser.close)
        page = await _run(browser, address)
        await _still(browser, address, "playground-dark", scheme="dark", width=WIDTH, height=HEIGHT)
        await _still(browser, address, "playground-phone", scheme="light", width=390, height=844)
        await record_commands(page)
        await record_films(browser, page)
        await _behind_the_scenes(page)
        await record_without_files(browser, address)


async def _playground(stack: AsyncExitStack) -> str:
    """The address of a playground that is ready; it ends with the stack."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playground", "--no-browser", "--port", "0", "--speed", "4"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    stack.push_async_callback(process.wait)
    stack.callback(process.terminate)
    if process.stdout is not None:
        async for line in process.stdout:
            if b"is ready: " in line:
                return line.decode().split("is ready: ", 1)[1].split()[0]
    raise SystemExit("The playground did not start.")


async def _run(browser: Browser, address: str) -> Page:
    """The page after U2, its way there recorded."""
    page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    await page.goto(address)
    await expect(page.get_by_text("Bot online")).to_be_visible()
    frames: list[bytes] = [await page.screenshot()]
    recording = asyncio.create_task(_frames(page, frames))
    await page.keyboard.type(PROMPT, delay=25)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="U2")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    # Time to look at the grid.
    await asyncio.sleep(1.5)
    await page.get_by_role("button", name="U2").click()
    # A pointer left where U2 was would seem to point at the next message.
    await page.mouse.move(640, 0)
    await _finished(page)
    await asyncio.sleep(1)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    final = await page.screenshot()
    _save(final, "playground")
    _animate([*frames, final])
    return page


async def _frames(page: Page, frames: list[bytes]) -> None:
    while True:
        await asyncio.sleep(FRAME_MILLISECONDS / 1000)
        frames.append(await page.screenshot())


async def _still(browser: Browser, address: str, name: str, *, scheme: str, width: int, height: int) -> None:
    """The same channel after U2, as another screen shows it."""
    dark = scheme == "dark"
    page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    await page.goto(address)
    await _finished(page)
    await asyncio.sleep(1)
    _save(await page.screenshot(), name)
    await page.close()


async def _behind_the_scenes(page: Page) -> None:
    """The panel while a job runs."""
    await page.get_by_role("button", name="Behind the scenes").click()
    await page.locator("#composer-text").fill("/imagine a lighthouse in a storm")
    await page.keyboard.press("Enter")
    reply = page.locator(".message", has_text="a lighthouse in a storm").last
    await expect(reply.locator(".gallery img")).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    await asyncio.sleep(1)
    _save(await page.screenshot(), "behind-the-scenes")


async def _finished(page: Page) -> None:
    strong = page.get_by_role("button", name="Vary (Strong)")
    await expect(strong).to_be_visible(timeout=PATIENCE_MILLISECONDS)


def _save(png: bytes, name: str) -> None:
    Image.open(BytesIO(png)).convert("RGB").save(IMAGES / f"{name}.png", optimize=True)


def _animate(frames: list[bytes]) -> None:
    pictures: list[Image.Image] = []
    durations: list[int] = []
    for frame in frames:
        picture = Image.open(BytesIO(frame)).convert("RGB").resize(ANIMATED, Image.Resampling.LANCZOS)
        if pictures and picture.tobytes() == pictures[-1].tobytes():
            durations[-1] += FRAME_MILLISECONDS
        else:
            pictures.append(picture)
            durations.append(FRAME_MILLISECONDS)
    durations[-1] = 4000
    first, *others = _in_few_colours(pictures)
    first.save(IMAGES / "imagine.png", save_all=True, append_images=others, duration=durations, loop=0, optimize=True)


def _in_few_colours(pictures: list[Image.Image]) -> list[Image.Image]:
    """The pictures in the 256 colours that serve all of them best: a third of the size, and hardly to be told apart."""
    width, height = ANIMATED
    sheet = Image.new("RGB", (width, height * len(pictures)))
    for number, picture in enumerate(pictures):
        sheet.paste(picture, (0, number * height))
    palette = sheet.quantize(256, method=Image.Quantize.MEDIANCUT)
    return [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]


if __name__ == "__main__":
    asyncio.run(main())
