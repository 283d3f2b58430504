"""A bot that does a little of everything as soon as it is asked: scripts are tried with it."""

import os
from typing import Any

import discord
import discord.gateway
import discord.http
import uvloop
import yarl
from discord import app_commands, ui
from discord.app_commands import Choice

from tests.playground.discord_server.sample_bot import SampleBot, picture_file

_Interaction = discord.Interaction[Any]


def _view() -> ui.View:
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label="Again", custom_id="again"))
    view.add_item(ui.Button(label="Same", custom_id="same-1"))
    view.add_item(ui.Button(label="Same", custom_id="same-2"))
    view.add_item(ui.Button(label="Off", custom_id="off", disabled=True))
    view.add_item(ui.Button(emoji="🔄", custom_id="form"))
    view.add_item(ui.Button(label="Site", url="https://example.com/secret-path"))
    options = [discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")]
    view.add_item(ui.Select(placeholder="Pick one", custom_id="pick", options=options))
    return view


class _Form(ui.Modal, title="A form"):
    words = ui.Label(text="Words", component=ui.TextInput(default="as before"))
    mask = ui.Label(text="Mask", component=ui.FileUpload(required=False, min_values=0))
    kinds = ui.Label(
        text="Kinds",
        component=ui.Select(
            required=False,
            min_values=0,
            max_values=2,
            options=[discord.SelectOption(label="One", value="1"), discord.SelectOption(label="Two", value="2")],
        ),
    )

    async def on_submit(self, interaction: _Interaction, /) -> None:
        """Say what was filled in."""
        words, mask, kinds = (label.component for label in (self.words, self.mask, self.kinds))
        files = [each.filename for each in mask.values]  # type: ignore[union-attr]
        await interaction.response.send_message(f"sent {words.value} {files} {kinds.values}")  # type: ignore[union-attr]


@app_commands.command(description="Paint")
@app_commands.choices(size=[Choice(name="Small", value=1), Choice(name="Large", value=2)])
async def paint(interaction: _Interaction, prompt: str, size: int = 0, image: discord.Attachment | None = None) -> None:
    """Answer with what was given, and everything that can be pressed."""
    name = image.filename if image else "no picture"
    await interaction.response.send_message(f"{prompt} · {size} · {name}", view=_view(), file=picture_file())


@paint.autocomplete("prompt")
async def _prompts(_interaction: _Interaction, typed: str) -> list[Choice[str]]:
    return [Choice(name=f"{typed} and more", value=typed)]


@app_commands.command(description="Climb")
async def climb(interaction: _Interaction) -> None:
    """Several states that differ in numbers, then another one."""
    await interaction.response.defer()
    for percent in (10, 50, 90):
        await interaction.edit_original_response(content=f"▰▱ **{percent} %**")
    await interaction.edit_original_response(content="there", view=_view())


@app_commands.command(description="Say nothing")
async def silent(interaction: _Interaction) -> None:
    """Let the interaction fail."""


@app_commands.command(description="Whisper")
async def whisper(interaction: _Interaction) -> None:
    """Answer in private."""
    await interaction.response.send_message("between us", ephemeral=True)


@app_commands.command(description="Fall over")
async def die(interaction: _Interaction) -> None:
    """End, with last words that hold all the secrets there are."""
    print("last words", os.environ["DISCORD_TOKEN"], os.environ["IMAGINEPRO_API_KEY"], flush=True)  # noqa: T201
    print(f"/interactions/{interaction.id}/{interaction.token}/callback", flush=True)  # noqa: T201
    os._exit(7)


@app_commands.command(description="Tell")
async def tell(interaction: _Interaction) -> None:
    """A message that holds secrets."""
    secrets = f"{os.environ['DISCORD_TOKEN']} <http://127.0.0.1:1/hook/key> [here](<http://127.0.0.1:1/mask/key>)"
    await interaction.response.send_message(f"told {secrets}")


@app_commands.context_menu(name="Look")
async def look(interaction: _Interaction, message: discord.Message) -> None:
    """Answer about a message."""
    await interaction.response.send_message(f"looked at {message.content}")


tools = app_commands.Group(name="tools", description="Tools")


@tools.command(description="Hammer")
async def hammer(interaction: _Interaction, times: int) -> None:
    """Answer with a number."""
    await interaction.response.send_message(f"hammered {times}")


class StandIn(SampleBot):
    """Answers presses and choices by their custom_id."""

    async def on_interaction(self, interaction: _Interaction) -> None:
        """Answer."""
        data: dict[str, Any] = dict(interaction.data or {})
        match data.get("custom_id"):
            case "again":
                await interaction.response.send_message("once more")
            case "form":
                await interaction.response.send_modal(_Form())
            case "pick":
                await interaction.response.edit_message(content=f"picked {data['values'][0]}")


async def run() -> None:
    """Run until terminated."""
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    async with StandIn(paint, climb, silent, whisper, die, tell, look, tools) as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    uvloop.run(run())
