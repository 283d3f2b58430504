"""Buttons, selects and forms of a real discord.py bot."""

from typing import Any

import discord
import pytest
from discord import app_commands, ui

from playground.discord_server import DiscordServer, Limits, Refused, Upload, selects, texts
from playground.discord_server.base.errors import DiscordError
from playground.discord_server.state.permission_bits import ATTACH_FILES
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout, picture

Interaction = discord.Interaction[Any]


class Choosing(ui.View):
    """A select of two styles, one to be chosen; a select of people; a link; a dead button."""

    @ui.select(custom_id="style", options=[discord.SelectOption(label=each) for each in ("ink", "oil", "clay")])
    async def style(self, interaction: Interaction, select: ui.Select[Any]) -> None:
        """Answer with what was chosen."""
        await interaction.response.edit_message(content=f"chose {select.values[0]}")

    @ui.select(cls=ui.UserSelect, custom_id="people", max_values=2)
    async def people(self, interaction: Interaction, select: ui.UserSelect[Any]) -> None:
        """Answer with who was chosen."""
        await interaction.response.send_message(" ".join(user.name for user in select.values), ephemeral=True)

    @ui.button(label="Dead", custom_id="dead", disabled=True)
    async def dead(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Never pressed."""
        await interaction.response.defer()


@app_commands.command(description="Choose")
async def choose(interaction: Interaction) -> None:
    """Send the view."""
    view = Choosing()
    view.add_item(ui.Button(label="Docs", url="https://example.com"))
    await interaction.response.send_message("choose", view=view)


class Order(ui.Modal, title="Order"):
    """Inputs of every kind, in labels."""

    prompt: ui.Label[Any] = ui.Label(
        text="Prompt", component=ui.TextInput(custom_id="prompt", default="a fox", min_length=3, max_length=12)
    )
    style: ui.Label[Any] = ui.Label(
        text="Style",
        component=ui.Select(custom_id="style", options=[discord.SelectOption(label="ink")], required=False),
    )
    image: ui.Label[Any] = ui.Label(text="Image", component=ui.FileUpload(custom_id="image", required=False))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Answer with what was written, chosen and uploaded."""
        prompt, style, image = (label.component for label in (self.prompt, self.style, self.image))
        assert isinstance(prompt, ui.TextInput)
        assert isinstance(style, ui.Select)
        assert isinstance(image, ui.FileUpload)
        sizes = [len(await each.read()) for each in image.values]
        await interaction.response.send_message(f"{prompt.value} {style.values} {sizes}")


class Editing(ui.Modal, title="Edit"):
    """A form that changes the message it was opened from."""

    text: ui.TextInput[Any] = ui.TextInput(label="Text", custom_id="text", required=False)

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Edit."""
        await interaction.response.edit_message(content=f"edited {self.text.value}")


class Opening(ui.View):
    """A button that opens the form."""

    @ui.button(label="Edit", emoji="✏️", custom_id="edit")
    async def edit(self, interaction: Interaction, _button: ui.Button[Any]) -> None:
        """Open."""
        await interaction.response.send_modal(Editing())


@app_commands.command(description="Order")
async def order(interaction: Interaction) -> None:
    """Open a form."""
    await interaction.response.send_modal(Order())


@app_commands.command(description="Open")
async def opening(interaction: Interaction) -> None:
    """A message with a button that opens a form."""
    await interaction.response.send_message("text", view=Opening())


@app_commands.command(description="Count")
async def count(interaction: Interaction) -> None:
    """A message with a dynamic button."""
    await interaction.response.send_message(view=layout("start", CountButton(41)))


@app_commands.command(description="Look at a file")
async def look(interaction: Interaction, image: discord.Attachment) -> None:
    """Answer with its name."""
    await interaction.response.send_message(image.filename)


async def test_dynamic_buttons_work_after_a_restart(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A new process of the bot answers the old message's button."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, count):
        old = (await mia.slash(general, "count")).message
    async with run_bot(discord_server):
        assert old is not None
        outcome = await mia.press(old, custom_id="v1:count:41")
        assert outcome.message is not None
        assert texts(outcome.message) == "pressed 41"
        with pytest.raises(Refused, match="nothing like that"):
            await mia.press(old, custom_id="v1:count:41")


async def test_selects(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Chosen values reach the bot, people resolved; wrong numbers and values do not."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, choose):
        message = (await mia.slash(general, "choose")).message
        assert message is not None
        assert [each["custom_id"] for each in selects(message)] == ["style", "people"]
        outcome = await mia.choose(message, "style", ["oil"])
        assert outcome.message is not None
        assert outcome.message["content"] == "chose oil"
        outcome = await mia.choose(message, "people", [mia.id, discord_server.member("max").id])
        assert outcome.messages[0]["content"] == "mia max"
        for values, sentence in ((["tin"], "can't be chosen"), ([], "between 1 and 1"), (["ink", "oil"], "between")):
            with pytest.raises(Refused, match=sentence):
                await mia.choose(message, "style", values)
        with pytest.raises(Refused, match="disabled"):
            await mia.press(message, label="Dead")
        with pytest.raises(Refused, match="is a link"):
            await mia.press(message, label="Docs")
        with pytest.raises(Refused, match="no button “U9”, only"):
            await mia.press(message, label="U9")


async def test_the_same_entry_twice_does_nothing(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Until another is chosen, the bot edits the message, or it fails to answer; for each member by themselves."""
    mia, max_, general = (*map(discord_server.member, ("mia", "max")), discord_server.world.channel("general"))
    async with run_bot(discord_server, choose):
        message = (await mia.slash(general, "choose")).message
        assert message is not None
        await mia.choose(message, "people", [mia.id])
        with pytest.raises(Refused, match="chosen already"):
            await mia.choose(message, "people", [mia.id])
        assert (await max_.choose(message, "people", [mia.id])).error is None
        assert (await mia.choose(message, "people", [max_.id])).error is None
        assert (await mia.choose(message, "people", [mia.id])).error is None
        await mia.choose(message, "style", ["oil"])  # answered by an edit
        assert (await mia.choose(message, "people", [mia.id])).error is None
        assert (await mia.choose(message, "style", ["oil"])).error is None


async def test_an_address_for_interactions_silences_the_gateway(run_bot: RunBot) -> None:
    """What the portal sends elsewhere does not reach a bot at the gateway."""
    async with DiscordServer(limits=Limits.lifted(), answer_seconds=0.05) as server, run_bot(server, order):
        server.world.portal["interactions_endpoint_url"] = "https://example.com/interactions"
        outcome = await server.member("mia").slash(server.world.channel("general"), "order")
        assert outcome.error == "The application did not respond"


async def test_files_need_a_permission(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Neither an option nor a form takes a file from a member without Attach Files."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    general.forbid(mia.id, ATTACH_FILES, kind=1)
    async with run_bot(discord_server, order, look):
        form = (await mia.slash(general, "order")).modal
        assert form is not None
        upload = Upload("a.png", picture())
        for attempt in (
            mia.submit(form, {"prompt": "a hare", "image": [upload]}),
            mia.slash(general, "look", image=upload),
        ):
            with pytest.raises(DiscordError) as refused:
                await attempt
            assert (refused.value.status, refused.value.code) == (403, 50013)
        assert (await mia.slash(mia.dm, "look", image=upload)).error is None


async def test_a_form_with_labels_select_and_upload(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Everything filled in reaches the bot; what is left alone keeps its default."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, order):
        opened = await mia.slash(general, "order")
        assert opened.modal is not None
        assert opened.modal.title == "Order"
        filled = {"prompt": "a hare", "style": ["ink"], "image": [Upload("fox.png", picture())]}
        outcome = await mia.submit(opened.modal, filled)
        assert outcome.message is not None
        assert outcome.message["content"] == f"a hare ['ink'] [{len(picture())}]"
        assert outcome.message["interaction_metadata"]["triggering_interaction_metadata"]["name"] == "order"
        again = await mia.slash(general, "order")
        assert again.modal is not None
        for prompt, sentence in {"x": "at least 3 characters", "x" * 13: "at most 12 characters"}.items():
            with pytest.raises(Refused, match=sentence):
                await mia.submit(again.modal, {"prompt": prompt})
        with pytest.raises(Refused, match="no longer open"):
            await discord_server.member("max").submit(again.modal, {})
        outcome = await mia.submit(again.modal, {})
        assert outcome.message is not None
        assert outcome.message["content"] == "a fox [] []"


async def test_a_form_opened_from_a_button_may_edit_its_message(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Type 7 after a form changes the message whose button opened it."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, opening):
        message = (await mia.slash(general, "opening")).message
        assert message is not None
        opened = await mia.press(message, label="Edit")
        assert opened.modal is not None
        outcome = await mia.submit(opened.modal, {"text": "by me"})
        assert outcome.message is not None
        assert (outcome.message["id"], outcome.message["content"]) == (message["id"], "edited by me")
