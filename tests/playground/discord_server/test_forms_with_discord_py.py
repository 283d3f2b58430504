"""Forms with everything a label can hold, filled in by a member and read by a real discord.py bot."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands, ui

from playground.discord_server import DiscordServer, Refused, Upload
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.sample_bot import picture

Interaction = discord.Interaction[Any]

TILES = [f"{row}{column}" for row in "abc" for column in "123"]


class Region(ui.Modal, title="Edit a region"):
    """A prefilled prompt, nine tiles, a choice of one, a menu, up to three pictures."""

    prompt: ui.Label[Any] = ui.Label(
        text="Prompt", component=ui.TextInput(custom_id="prompt", default="a red fox", style=discord.TextStyle.long)
    )
    tiles: ui.Label[Any] = ui.Label(
        text="Which part",
        component=ui.CheckboxGroup(
            custom_id="tiles",
            options=[discord.CheckboxGroupOption(label=tile, default=tile == "b2") for tile in TILES],
            max_values=8,
        ),
    )
    how: ui.Label[Any] = ui.Label(
        text="How",
        component=ui.RadioGroup(
            custom_id="how", options=[discord.RadioGroupOption(label=one) for one in ("Repaint", "Erase")]
        ),
    )
    model: ui.Label[Any] = ui.Label(
        text="Model",
        component=ui.Select(custom_id="model", options=[discord.SelectOption(label=one) for one in ("7", "Niji")]),
    )
    pictures: ui.Label[Any] = ui.Label(
        text="Pictures", component=ui.FileUpload(custom_id="pictures", min_values=2, max_values=3, required=False)
    )

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Answer with what came; keep silent when asked to."""
        prompt, tiles, how, model, pictures = (
            label.component for label in (self.prompt, self.tiles, self.how, self.model, self.pictures)
        )
        assert isinstance(prompt, ui.TextInput)
        assert isinstance(tiles, ui.CheckboxGroup)
        assert isinstance(how, ui.RadioGroup)
        assert isinstance(model, ui.Select)
        assert isinstance(pictures, ui.FileUpload)
        if prompt.value == "silence":
            interaction.client.dispatch("kept", interaction)
            return
        sizes = [(each.filename, each.content_type, each.width, len(await each.read())) for each in pictures.values]
        told = f"{prompt.value} | {','.join(tiles.values)} | {how.value} | {model.values[0]} | {sizes}"
        await interaction.response.send_message(told, ephemeral=True)


@app_commands.command(description="Region")
async def region(interaction: Interaction) -> None:
    """Open the form."""
    await interaction.response.send_modal(Region())


FILLED: dict[str, Any] = {"tiles": ["a1", "b2"], "how": "Erase", "model": ["Niji"]}


async def test_everything_a_label_can_hold(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Ticks, choice, menu and two uploads reach the bot, and the prompt as it was prefilled."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, region):
        opened = await mia.slash(general, "region")
        assert opened.modal is not None
        data = picture()
        uploads = [Upload(f"{number}.png", data) for number in range(2)]
        outcome = await mia.submit(opened.modal, {**FILLED, "pictures": uploads})
        assert outcome.message is not None
        files = [(f"{number}.png", "image/png", 40, len(data)) for number in range(2)]
        assert outcome.message["content"] == f"a red fox | a1,b2 | Erase | Niji | {files}"
        assert outcome.message["flags"] == 64


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"tiles": []}, "Choose between 1 and 8"),
        ({"tiles": TILES}, "Choose between 1 and 8"),
        ({"tiles": ["z9"]}, "can't be chosen"),
        ({"how": None}, "Choose between 1 and 1"),
        ({"how": "Guess"}, "can't be chosen"),
        ({"model": ["7", "Niji"]}, "Choose between 1 and 1"),
        ({"pictures": [Upload("0.png", b"x")]}, "Choose between 2 and 3"),
        ({"pictures": [Upload(f"{n}.png", b"x") for n in range(4)]}, "Choose between 2 and 3"),
        ({"pictures": ["1", "2"]}, "can't be chosen"),
        ({"pictures": [Upload(f"{n}.bin", b"x" * (10 * 1024 * 1024 + 1)) for n in range(2)]}, "too powerful"),
        ({"prompt": ""}, "is required"),
    ],
)
async def test_wrong_answers_do_not_reach_the_bot(
    discord_server: DiscordServer, run_bot: RunBot, changed: dict[str, Any], sentence: str
) -> None:
    """The member's client refuses them, and the form stays open for another try."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, region):
        opened = await mia.slash(general, "region")
        assert opened.modal is not None
        with pytest.raises(Refused, match=sentence):
            await mia.submit(opened.modal, FILLED | changed)
        assert (await mia.submit(opened.modal, FILLED)).message is not None


async def test_a_form_nobody_answered_can_be_sent_again(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """It is closed by the bot's answer, not by the attempt."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, region) as bot:
        opened = await mia.slash(general, "region")
        assert opened.modal is not None
        attempt = asyncio.create_task(mia.submit(opened.modal, {**FILLED, "prompt": "silence"}))
        await bot.wait_for("kept", timeout=60)
        discord_server.clock.advance(3)
        assert (await attempt).error == "The application did not respond"
        # discord.py forgets a form once its callback has ended: the second try is answered here.
        bot.add_listener(answer_forms, "on_interaction")
        outcome = await mia.submit(opened.modal, FILLED)
        assert outcome.message is not None
        assert outcome.message["content"] == "again"
        with pytest.raises(Refused, match="no longer open"):
            await mia.submit(opened.modal, FILLED)


async def answer_forms(interaction: Interaction) -> None:
    """Answer any form."""
    if interaction.type is discord.InteractionType.modal_submit:
        await interaction.response.send_message("again")


def option(value: str, **more: Any) -> dict[str, Any]:
    """An option of a group."""
    return {"label": value, "value": value, **more}


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ({"type": 21, "options": [option("one")]}, "options BASE_TYPE_BAD_LENGTH"),
        ({"type": 21, "options": [option("one")] * 2}, "options 1 value SELECT_COMPONENT_OPTION_VALUE"),
        (
            {"type": 21, "options": [option("one", default=True), option("two", default=True)]},
            "SELECT_COMPONENT_TOO_MANY_DEFAULTS",
        ),
        ({"type": 22, "options": []}, "options BASE_TYPE_BAD_LENGTH"),
        ({"type": 22, "options": [option(str(n)) for n in range(11)]}, "options BASE_TYPE_BAD_LENGTH"),
        ({"type": 22, "options": [option("one")], "max_values": 2}, "max_values SELECT_COMPONENT_MAX_VALUES"),
        ({"type": 22, "options": [option("one")], "min_values": 2}, "min_values SELECT_COMPONENT_MIN_VALUES"),
        ({"type": 22, "options": [option("one")], "min_values": 0}, "min_values CHECKBOX_GROUP_COMPONENT_MIN"),
        ({"type": 22, "options": [option("one")], "max_values": 11}, "max_values NUMBER_TYPE_MAX"),
        ({"type": 19, "min_values": 3, "max_values": 2}, "min_values SELECT_COMPONENT_MIN_VALUES"),
        ({"type": 19, "max_values": 11}, "max_values NUMBER_TYPE_MAX"),
    ],
)
async def test_wrong_forms_are_refused(
    discord_server: DiscordServer, run_bot: RunBot, rest: Rest, component: Any, problem: str
) -> None:
    """The answer names the place and the rule, as Discord does."""

    @app_commands.command(description="Try")
    async def attempt(interaction: Interaction) -> None:
        label = {"type": 18, "label": "L", "component": {"custom_id": "c", **component}}
        form = {"type": 9, "data": {"title": "T", "custom_id": "t", "components": [label]}}
        answer = await rest("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", form)
        interaction.client.seen.append(answer)
        await interaction.response.send_message("ok")

    async with run_bot(discord_server, attempt) as bot:
        await discord_server.member("mia").slash(discord_server.world.channel("general"), "attempt")
        *path, code = problem.split()
        assert bot.seen[0].error("data", "components", "0", "component", *path).startswith(code)
