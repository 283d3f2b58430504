"""Discord's markdown, as the page's own module draws it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import WEB

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DRAW = """async (source) => {
    const { markdown } = await import("/static/js/timeline/markdown.js");
    const named = (names) => (id) => names[id] && { name: names[id] };
    const context = { user: named({ 7: "Mia" }), channel: named({ 8: "art" }), role: named({ 9: "Artist" }) };
    document.body.replaceChildren(...markdown(source, context));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sheet(browser: Browser) -> AsyncIterator[Page]:
    """An empty page on which markdown can be drawn."""
    async with DiscordServer(page=WEB) as server:
        context = await browser.new_context(locale="en-US", timezone_id="UTC")
        page = await context.new_page()
        page.set_default_timeout(5000)
        await page.goto(f"{server.url}/")
        yield page
        await context.close()


@pytest.mark.parametrize(
    ("source", "selector", "words"),
    [
        ("**bold *and* more**", "strong em", "and"),
        ("***both***", "strong em", "both"),
        ("_one_ two_three_four", "em", "one"),
        ("2 * 3 * 4", "p:not(:has(em))", "2 * 3 * 4"),
        ("__under__ ~~gone~~", "u + s", "gone"),
        (r"\*not\* **yes**", "p", "*not* yes"),
        ("**unclosed", "p", "**unclosed"),
        ("``a ` b``", "code", "a ` b"),
        ("```py\nx = '**'\n```", "pre code", "x = '**'"),
        ("> quoted\nnot", "blockquote", "quoted"),
        (">>> all\nof it", "blockquote", "all\nof it"),
        ("## Head\ntext", "[role=heading][aria-level='4']", "Head"),
        ("-# small", ".subtext", "small"),
        ("- a\n  - b\n- c", "ul ul li", "b"),
        ("2. two\n3. three", "ol[start='2'] li:last-child", "three"),
        ("[site](https://example.com/a_(b))", "a[href='https://example.com/a_(b)']", "site"),
        ("[*x*](<https://example.com/>)", "a em", "x"),
        ("at https://example.com/x.", "a[rel~=noopener]", "https://example.com/x"),
        ("<https://example.com/>", "a", "https://example.com/"),
        ("<@7>", ".mention", "@Mia"),
        ("<@!6>", ".mention", "<@6>"),
        ("<@&9>", ".mention", "@Artist"),
        ("<#8>", "button.mention", "#art"),
        ("</imagine:1>", ".mention", "/imagine"),
        ("<a:party:123>", ".emoji-drawn[title=':party:']", ":party:"),
        ("<t:0:D>", "time[datetime^='1970-01-01']", "January 1, 1970"),
        ("<t:9999999999999:D>", "p", "Invalid date"),
        ("https://discord.com/channels/1/8/2", "a.jump", "#art › message"),
        ("🦊 fox_a_b \\U0001f98a", "p", "🦊 fox_a_b \\U0001f98a"),
    ],
)
async def test_it_looks_as_in_discord(sheet: Page, source: str, selector: str, words: str) -> None:
    """Each construct becomes the element that a reader expects."""
    await sheet.evaluate(DRAW, source)
    await expect(sheet.locator(f"body {selector}")).to_have_text(words)


@pytest.mark.parametrize("source", ["*" * 4000, "[" * 4000, "`" * 3999, "||a" * 1300, "_a" * 2000, "(https://a" * 400])
async def test_hostile_text_is_drawn_at_once(sheet: Page, source: str) -> None:
    """No text of a message's length keeps the page busy."""
    took = await sheet.evaluate(
        f"async (source) => {{ const t = performance.now(); await ({DRAW})(source); return performance.now() - t; }}",
        source,
    )
    assert took < 3000  # milliseconds
    assert await sheet.evaluate("document.body.textContent.length") > 0
