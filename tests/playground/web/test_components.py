"""Buttons, selects, modals, galleries: everything under a message that can be pressed."""

import io
import re
from functools import partial
from pathlib import Path

import discord
import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from playground.discord_server import DiscordServer
from playground.imaginepro.pictures.crafts.mp4 import mp4
from tests.playground.web.conftest import PATIENCE, at_both_widths
from tests.playground.web.scripted_bot import Interaction, ScriptedBot, controls, layout, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FILM = Path(__file__).with_name("film.mp4")


async def post(
    server: DiscordServer, bot: ScriptedBot, *items: discord.ui.Item[discord.ui.LayoutView], pictures: int = 0
) -> None:
    """A message of the bot with these components in the open channel."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    colours = ("teal", "coral", "navy", "olive")
    files = [discord.File(io.BytesIO(picture(colours[n % 4])), f"{n}.png") for n in range(pictures)]
    await channel.send(view=layout(*items), files=files)


def gallery(count: int, **more: bool) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
    """A gallery of the first attached pictures."""
    items = [
        discord.MediaGalleryItem(f"attachment://{n}.png", description=f"picture {n}", **more) for n in range(count)
    ]
    return discord.ui.MediaGallery(*items)


def newest(page: Page) -> Locator:
    """The last message of the open channel."""
    return page.locator(".message").last


@at_both_widths
async def test_a_pressed_button_waits_for_the_bot(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """From the press to the acknowledgement the button shows that it waits; the answer refers to its message."""
    await post(server, bot, *controls(bot))
    button = page.get_by_role("button", name="U2")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    bot.answer.set()
    await expect(newest(page)).to_contain_text("upscaled")
    await expect(button).not_to_have_attribute("aria-busy", "true")
    await expect(newest(page).locator("button.origin")).to_be_visible()


async def test_an_unanswered_button_says_so(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Three seconds without an answer end in Discord's sentence under the message."""
    await post(server, bot, *controls(bot))
    await page.get_by_role("button", name="U2").click()
    await expect(page.locator("[aria-busy=true]")).to_have_count(1)
    server.clock.advance(PATIENCE)
    await expect(page.locator(".message .problem")).to_have_text("The application did not respond")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    bot.answer.set()


@at_both_widths
async def test_button_styles_and_links(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Each style is told apart, a disabled button can't be pressed, a link leads outside."""
    styles = ("primary", "secondary", "success", "danger")
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow(
        *(discord.ui.Button(label=name, style=discord.ButtonStyle[name], disabled=name == "danger") for name in styles),
        discord.ui.Button(emoji="🔄", label="docs", url="https://example.com/docs"),
    )
    await post(server, bot, row)
    for name in styles:
        await expect(page.get_by_role("button", name=name)).to_have_class(f"button {name}")
    await expect(page.get_by_role("button", name="danger")).to_be_disabled()
    await expect(page.get_by_role("link", name="docs")).to_have_attribute("href", "https://example.com/docs")


@at_both_widths
async def test_select_by_keyboard(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A select opens as a list, arrows move, Enter chooses, focus comes back."""
    await post(server, bot, *controls(bot))
    select = page.get_by_role("button", name="Up to 1")
    await select.press("Enter")
    await expect(page.get_by_role("option")).to_have_text([re.compile(one) for one in ("Zoom", "Pan", "Square")])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("chosen: Pan")
    await expect(select).to_be_focused()


async def test_the_same_entry_twice_sends_nothing(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A select shows what was chosen, as in Discord, and sends it again only after an edit of its message."""
    await post(server, bot, *controls(bot))
    select = page.get_by_role("button", name="Up to 1")

    async def choose(name: str) -> None:
        await select.click()
        await page.get_by_role("option", name=name).click()

    await choose("Pan")
    await expect(select).to_have_text("Pan")
    await choose("Pan")
    await choose("Zoom")
    await expect(newest(page)).to_contain_text("chosen: Zoom")
    await expect(page.locator(".message").filter(has_text="chosen: Pan")).to_have_count(1)
    [message] = [each for each in server.world.channel("general").messages.values() if each.components]
    server.core.composer.edit(server.world.channel("general"), message, {"flags": message.message["flags"]}, {})
    await expect(select).to_have_text("Up to 1")
    await choose("Zoom")
    await expect(page.locator(".message").filter(has_text="chosen: Zoom")).to_have_count(2)


@at_both_widths
async def test_select_of_several(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """With room for two, ticks are collected, a third is refused, closing sends them."""
    await post(server, bot, *controls(bot))
    await page.get_by_role("button", name="Up to 2").click()
    for name in ("Zoom", "Square", "Pan"):
        await page.get_by_role("option", name=name).click()
    await expect(page.get_by_role("option", selected=True)).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(newest(page)).to_contain_text("chosen: Zoom, Square")


AnySelect = (
    discord.ui.UserSelect[discord.ui.LayoutView]
    | discord.ui.RoleSelect[discord.ui.LayoutView]
    | discord.ui.MentionableSelect[discord.ui.LayoutView]
    | discord.ui.ChannelSelect[discord.ui.LayoutView]
)


class Pick(discord.ui.ActionRow[discord.ui.LayoutView]):
    """A select of each kind that Discord fills itself; each answers with what was chosen."""

    def __init__(self, kind: type[AnySelect]) -> None:
        super().__init__()
        select = kind(placeholder=kind.__name__, custom_id=kind.__name__)
        select.callback = partial(self.chosen, select)
        self.add_item(select)

    async def chosen(self, select: AnySelect, interaction: Interaction) -> None:
        await interaction.response.send_message(f"chosen: {select.values[0]}")


@at_both_widths
@pytest.mark.parametrize(
    ("kind", "label_and_told"),
    [
        (discord.ui.UserSelect, ("Adam", "adam")),
        (discord.ui.RoleSelect, ("Artist", "Artist")),
        (discord.ui.MentionableSelect, ("Olivia", "olivia")),
        (discord.ui.ChannelSelect, ("#art", "art")),
    ],
)
async def test_selects_of_people_and_places(
    page: Page, server: DiscordServer, bot: ScriptedBot, kind: type[AnySelect], label_and_told: tuple[str, str]
) -> None:
    """They list who and what is there; the bot is told of the one chosen."""
    label, told = label_and_told
    await post(server, bot, Pick(kind))
    await page.get_by_role("button", name=kind.__name__).click()
    await page.get_by_role("option", name=label).click()
    await expect(newest(page)).to_contain_text(f"chosen: {told}")


@at_both_widths
async def test_custom_emoji_are_drawn_here(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """In words, on buttons and in selects a letter stands for the picture, its name is told; nothing is fetched."""
    party = discord.PartialEmoji(name="party", id=123)
    button: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(emoji=party, custom_id="party")
    options = [discord.SelectOption(label="Wave", emoji=party, default=True)]
    select: discord.ui.Select[discord.ui.LayoutView] = discord.ui.Select(options=options, custom_id="wave")
    words: discord.ui.TextDisplay[discord.ui.LayoutView] = discord.ui.TextDisplay("<:party:123> <a:dance:5>")
    await post(server, bot, words, discord.ui.ActionRow(button), discord.ui.ActionRow(select))
    drawn = newest(page).locator(".emoji-drawn")
    await expect(drawn).to_have_text([":party:", ":dance:", ":party:", ":party:"])
    await expect(newest(page).get_by_title(":dance:")).to_be_visible()
    await expect(page.get_by_role("button", name="party")).to_be_visible()
    await page.locator(".select").click()
    await expect(page.get_by_role("option").locator(".emoji-drawn")).to_have_text(":party:")


@at_both_widths
async def test_a_veiled_container_is_uncovered(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Its words and buttons are out of reach until then, by keyboard too."""
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow(discord.ui.Button(label="Deep"))
    await post(server, bot, discord.ui.Container(row, spoiler=True))
    await expect(page.get_by_role("button", name="Deep")).to_have_count(0)
    await page.get_by_role("button", name="Spoiler, press to reveal").press("Enter")
    await expect(page.get_by_role("button", name="Deep")).to_be_visible()
    await expect(newest(page)).to_be_focused()


@at_both_widths
async def test_modal_is_filled_checked_and_sent(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A modal keeps the focus inside, names what is missing, and hands over text, choice and file."""
    await post(server, bot, *controls(bot))
    await page.get_by_role("button", name="Ask").click()
    dialog = page.get_by_role("dialog", name="A new wish")
    words = dialog.get_by_label("Prompt")
    await expect(words).to_be_focused()
    await words.press("Enter")
    await expect(dialog.locator(".option-problem").first).to_have_text("This is needed")
    await words.fill("x" * 21)
    await dialog.get_by_text("Relax").click()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.locator(".option-problem").first).to_have_text("At most 20 characters (now 21)")
    await words.fill("a fox")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture("red")}
    await dialog.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    await dialog.get_by_role("button", name="Submit").click()
    await expect(newest(page)).to_contain_text("wished: a fox / Relax / a.png")
    await expect(dialog).to_have_count(0)


async def test_modal_is_left_with_escape(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Escape closes the modal and gives the focus back to the button."""
    await post(server, bot, *controls(bot))
    await page.get_by_role("button", name="Ask").click()
    await page.get_by_role("dialog").wait_for()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Ask")).to_be_focused()


@at_both_widths
async def test_lightbox_steps_through_a_gallery(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A picture opens large with its alt text; arrow keys go round; Escape closes and returns the focus."""
    await post(server, bot, gallery(4), pictures=4)
    tiles = page.locator(".tile")
    await expect(tiles).to_have_count(4)
    await tiles.nth(2).press("Enter")
    words = page.locator(".lightbox-words")
    await expect(words).to_have_text("picture 2")
    await expect(page.locator(".lightbox-counter")).to_have_text("3 of 4")
    for expected in ("picture 3", "picture 0"):
        await page.keyboard.press("ArrowRight")
        await expect(words).to_have_text(expected)
    await expect(page.locator(".lightbox-image")).to_have_js_property("naturalWidth", 320)
    await page.keyboard.press("Escape")
    await expect(words).to_be_hidden()
    await expect(tiles.nth(2)).to_be_focused()


@at_both_widths
async def test_galleries_give_every_picture_room(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """However many pictures, every one has room and none lies over another."""
    for count in (1, 2, 3, 5, 7, 10):
        await post(server, bot, gallery(count), pictures=count)
        tiles = newest(page).locator(".tile")
        await expect(tiles).to_have_count(count)
        boxes = await tiles.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
        assert len({(box["x"], box["y"]) for box in boxes}) == count
        assert min(min(box["width"], box["height"]) for box in boxes) > 90


@at_both_widths
async def test_spoiler_pictures_are_veiled_first(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The first press uncovers, the second enlarges."""
    await post(server, bot, gallery(1, spoiler=True), pictures=1)
    tile = page.locator(".tile")
    await tile.click()
    await expect(tile).to_have_attribute("data-revealed", "")
    await expect(page.locator(".lightbox")).to_be_hidden()
    await tile.click()
    await expect(page.locator(".lightbox")).to_be_visible()


@at_both_widths
async def test_container_section_thumbnail_and_file(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A container shows its colour, a section its accessory, a file its name and size."""
    section: discord.ui.Section[discord.ui.LayoutView] = discord.ui.Section(
        "**Facts**", accessory=discord.ui.Thumbnail("attachment://0.png", description="small")
    )
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        section, discord.ui.Separator(), discord.ui.File("attachment://1.png"), accent_colour=discord.Colour(0xFF8A5C)
    )
    await post(server, bot, container, pictures=2)
    box = page.locator(".container")
    await expect(box).to_have_css("--accent-bar", "#ff8a5c")
    await expect(box.get_by_alt_text("small")).to_be_visible()
    await expect(box.locator(".file-name")).to_have_text("1.png")
    await expect(box.locator(".separator")).to_be_visible()


async def test_classic_embed_and_attachment(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Messages without Components V2 show embeds, pictures and files."""
    embed = discord.Embed(title="Account", description="**Pro**", colour=0x112233).add_field(name="Left", value="12")
    files = [
        discord.File(io.BytesIO(picture("red")), "a.png", description="red"),
        discord.File(io.BytesIO(b"x"), "a.txt"),
    ]
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    await channel.send("here", embed=embed, files=files)
    await expect(newest(page).locator(".embed-title")).to_have_text("Account")
    await expect(newest(page).locator(".embed-fields dd")).to_have_text("12")
    await expect(newest(page).get_by_alt_text("red")).to_be_visible()
    await expect(newest(page).locator(".file-name")).to_have_text("a.txt")


async def test_films_play_in_place(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A film has controls and can be played; an edit of the message does not disturb it; the lightbox stays shut."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    film = discord.ui.MediaGallery[discord.ui.LayoutView](discord.MediaGalleryItem("attachment://film.mp4"))
    message = await channel.send(view=layout(film), file=discord.File(FILM))
    video = page.locator(".tile video")
    await expect(video).to_have_js_property("controls", True)
    await expect(video).to_have_js_property("videoWidth", 64)
    await video.evaluate("(one) => { one.currentTime = 0.5; one.marked = true; }")
    await message.edit(view=layout(discord.ui.TextDisplay("done"), film))
    await expect(newest(page)).to_contain_text("done")
    assert await video.evaluate("(one) => one.marked && one.currentTime") == 0.5
    await video.click()
    await expect(page.locator(".lightbox")).to_be_hidden()


async def test_moving_pictures_and_films_without_components(
    page: Page, server: DiscordServer, bot: ScriptedBot
) -> None:
    """An animated WEBP is a picture, an MP4 a film, whether a component shows it or not; the simulated API's plays."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    moving = io.BytesIO()
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    simulated = io.BytesIO(mp4([frame.resize((80, 40)) for frame in frames], 100))
    files = [discord.File(io.BytesIO(moving.getvalue()), "moving.webp"), discord.File(FILM)]
    await channel.send("here", files=[*files, discord.File(simulated, "video.mp4")])
    await expect(page.locator(".tile img")).to_have_js_property("naturalWidth", 60)
    await expect(page.locator(".tile video").first).to_have_js_property("videoWidth", 64)
    made = page.locator(".tile video").last
    await expect(made).to_have_js_property("videoWidth", 80)
    await expect(made).to_have_js_property("duration", 0.2)
    await made.evaluate("(one) => { one.muted = true; return one.play(); }")
    await expect(made).to_have_js_property("ended", True)


@at_both_widths
async def test_a_file_is_downloaded(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The card of a File component gives the file under its name."""
    channel = bot.get_partial_messageable(int(server.world.channel("general").id))
    view = layout(discord.ui.File("attachment://upscaled.bin"))
    await channel.send(view=view, file=discord.File(io.BytesIO(b"all of it"), "upscaled.bin"))
    card = page.get_by_role("link", name="upscaled.bin")
    await expect(card).to_contain_text("9 bytes")
    async with page.expect_download() as downloading:
        await card.click()
    download = await downloading.value
    assert download.suggested_filename == "upscaled.bin"
    assert (await download.path()).read_bytes() == b"all of it"


async def test_a_link_opens_a_tab_that_knows_nothing_of_this_one(
    page: Page, server: DiscordServer, bot: ScriptedBot
) -> None:
    """`noopener`: what it leads to can't reach the page."""
    await post(server, bot, discord.ui.ActionRow(discord.ui.Button(label="Open", url=f"{server.url}/?user=max")))
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Open").click()
    opened = await opening.value
    await opened.wait_for_load_state()
    assert await opened.evaluate("window.opener") is None
    assert opened.url.endswith("?user=max")


@at_both_widths
async def test_a_private_gallery_is_paged(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """The button shows the next pictures in the same message, which stays the member's own; others see nothing."""
    await page.locator("#composer-text").fill("/gallery ")
    await page.keyboard.press("Enter")
    message = page.locator(".message")
    await expect(message.get_by_role("button", name=re.compile("Open picture"))).to_have_count(2)
    await expect(message.locator(".ephemeral-note")).to_have_text("Only you can see this · Dismiss message")
    await message.get_by_role("button", name="Next").click()
    await expect(message.get_by_alt_text("page 2, picture 0")).to_have_js_property("naturalWidth", 320)
    await expect(message).to_have_count(1)
    await expect(message).to_have_attribute("data-ephemeral", "true")
    await message.get_by_role("button", name="Share one").click()
    await page.get_by_role("option", name="second").click()
    shared = page.locator(".message").last
    await expect(shared).to_contain_text("shared second")
    await expect(shared).to_have_attribute("data-ephemeral", "false")
    await expect(shared.locator(".origin")).to_contain_text("page 2")
    others = await page.context.new_page()
    await others.goto(f"{server.url}/?user=max")
    await expect(others.locator(".message")).to_have_count(1)
    await expect(others.locator(".origin")).to_have_text("The original message was deleted")
