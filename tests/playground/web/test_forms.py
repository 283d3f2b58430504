"""Forms on the page: everything a label can hold, at both widths."""

import re
from typing import Any

import discord
import pytest
from discord import ui
from playwright.async_api import Locator, Page, expect

from playground.discord_server import DiscordServer
from tests.playground.web.conftest import at_both_widths
from tests.playground.web.scripted_bot import Interaction, Press, ScriptedBot, layout, picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TILES = [f"{row} {column}" for row in ("Top", "Middle", "Bottom") for column in ("left", "centre", "right")]


class Region(ui.Modal, title="Edit a region"):
    """A prefilled prompt, nine tiles, a choice that may be left open, a menu, up to two pictures."""

    prompt: ui.Label[Any] = ui.Label(
        text="Prompt", component=ui.TextInput(custom_id="prompt", default="a red fox", style=discord.TextStyle.long)
    )
    tiles: ui.Label[Any] = ui.Label(
        text="Which part",
        description="Tick what is to be painted anew",
        component=ui.CheckboxGroup(
            custom_id="tiles",
            options=[discord.CheckboxGroupOption(label=tile, default=tile == "Middle centre") for tile in TILES],
            max_values=8,
        ),
    )
    how: ui.Label[Any] = ui.Label(
        text="How",
        component=ui.RadioGroup(
            custom_id="how", required=False, options=[discord.RadioGroupOption(label=one) for one in ("Soft", "Hard")]
        ),
    )
    model: ui.Label[Any] = ui.Label(
        text="Model",
        component=ui.Select(custom_id="model", options=[discord.SelectOption(label=one) for one in ("V7", "Niji")]),
    )
    pictures: ui.Label[Any] = ui.Label(
        text="Pictures", component=ui.FileUpload(custom_id="pictures", max_values=2, required=False)
    )

    async def on_submit(self, interaction: Interaction) -> None:
        prompt, tiles, how, model, pictures = (
            label.component for label in (self.prompt, self.tiles, self.how, self.model, self.pictures)
        )
        assert isinstance(prompt, ui.TextInput)
        assert isinstance(tiles, ui.CheckboxGroup)
        assert isinstance(how, ui.RadioGroup)
        assert isinstance(model, ui.Select)
        assert isinstance(pictures, ui.FileUpload)
        names = ",".join(each.filename for each in pictures.values)
        parts = ",".join(tiles.values)
        await interaction.response.send_message(f"{prompt.value}|{parts}|{how.value}|{model.values[0]}|{names}")


async def opened(page: Page, server: DiscordServer, bot: ScriptedBot) -> Locator:
    """The form, opened by a button."""

    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Region())

    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(Press("Edit", ask))
    await bot.get_partial_messageable(int(server.world.channel("general").id)).send(view=layout(row))
    await page.get_by_role("button", name="Edit").click()
    return page.get_by_role("dialog", name="Edit a region")


def files(*names: str) -> Any:
    """Pictures as a file chooser hands them over."""
    return [{"name": name, "mimeType": "image/png", "buffer": picture("red")} for name in names]


@at_both_widths
async def test_everything_is_filled_in(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Ticks, choice, menu and files picked from the computer reach the bot, the prompt as it was prefilled."""
    dialog = await opened(page, server, bot)
    await expect(dialog.get_by_label("Prompt")).to_have_value("a red fox")
    tiles = dialog.get_by_role("group", name="Which part").get_by_role("checkbox")
    await expect(tiles).to_have_count(9)
    await expect(dialog.get_by_role("checkbox", name="Middle centre")).to_be_checked()
    await dialog.get_by_text("Top left").click()
    await dialog.get_by_text("Hard").click()
    await dialog.get_by_text("Niji").click()
    async with page.expect_file_chooser() as choosing:
        await dialog.get_by_label("Pictures").click()
    await (await choosing.value).set_files(files("a.png", "b.png"))
    box = await dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert await dialog.evaluate("(one) => one.querySelector('.modal-body').scrollWidth <= one.clientWidth")
    await dialog.get_by_role("button", name="Submit").click()
    told = "a red fox|Top left,Middle centre|Hard|Niji|a.png,b.png"
    await expect(page.locator(".message").last).to_contain_text(told)
    await expect(dialog).to_have_count(0)


@at_both_widths
async def test_bounds_are_told_in_place(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Too many or too few ticks, nothing chosen, too many files: each field says what is wrong with it."""
    dialog = await opened(page, server, bot)
    for tile in TILES:
        await dialog.get_by_role("checkbox", name=re.compile(f"^{tile}")).check()
    await dialog.get_by_label("Pictures").set_input_files(files("a.png", "b.png", "c.png"))
    await dialog.get_by_role("button", name="Submit").click()
    problems = dialog.locator(".option-problem")
    await expect(problems).to_have_text(["", "Choose at most 8", "", "Choose one", "Choose at most 2"])
    for tile in TILES:
        await dialog.get_by_role("checkbox", name=re.compile(f"^{tile}")).uncheck()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(problems.nth(1)).to_have_text("Choose one")


async def test_an_optional_choice_can_be_taken_back(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """A second press on the chosen radio button leaves the question open again."""
    dialog = await opened(page, server, bot)
    soft = dialog.get_by_role("radio", name="Soft")
    await soft.click()
    await expect(soft).to_be_checked()
    await soft.click()
    await expect(soft).not_to_be_checked()
    await dialog.get_by_text("V7").click()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(page.locator(".message").last).to_contain_text("a red fox|Middle centre|None|V7|")


async def test_a_file_that_is_too_large_is_told_in_the_form(
    page: Page, server: DiscordServer, bot: ScriptedBot
) -> None:
    """The form stays open with everything in it."""
    dialog = await opened(page, server, bot)
    await dialog.get_by_text("V7").click()
    await dialog.get_by_label("Pictures").evaluate("""(input) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "a.png", { type: "image/png" }));
        input.files = data.files;
    }""")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.locator(".modal-problem")).to_have_text("a.png has 10.0 MB; the limit here is 10.0 MB")
    await expect(dialog.get_by_role("radio", name="V7")).to_be_checked()


class Share(ui.Modal, title="Share it"):
    """A line of text, and lists that Discord fills itself."""

    words: ui.TextDisplay[Any] = ui.TextDisplay("Everybody **can** see it")
    who: ui.Label[Any] = ui.Label(text="Who", component=ui.UserSelect(custom_id="who", max_values=2))
    role: ui.Label[Any] = ui.Label(text="Role", component=ui.RoleSelect(custom_id="role", required=False))
    place: ui.Label[Any] = ui.Label(text="Where", component=ui.ChannelSelect(custom_id="place"))
    sure: ui.Label[Any] = ui.Label(text="Sure", component=ui.Checkbox(custom_id="sure"))

    async def on_submit(self, interaction: Interaction) -> None:
        who, role, place, sure = (each.component for each in (self.who, self.role, self.place, self.sure))
        assert isinstance(who, ui.UserSelect)
        assert isinstance(role, ui.RoleSelect)
        assert isinstance(place, ui.ChannelSelect)
        assert isinstance(sure, ui.Checkbox)
        names = ",".join(sorted(user.name for user in who.values))
        await interaction.response.send_message(f"{names}|{len(role.values)}|{place.values[0].name}|{sure.value}")


@at_both_widths
async def test_people_and_places_are_chosen(page: Page, server: DiscordServer, bot: ScriptedBot) -> None:
    """Text between the fields, members, a role left open, a channel, a tick."""

    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(Share())

    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(Press("Share", ask))
    await bot.get_partial_messageable(int(server.world.channel("general").id)).send(view=layout(row))
    await page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share it")
    await expect(dialog.locator(".text strong")).to_have_text("can")
    for name in ("Adam", "Max", "#art", "Sure"):
        await dialog.get_by_label(name).check()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(page.locator(".message").last).to_contain_text("adam,max|0|art|True")
