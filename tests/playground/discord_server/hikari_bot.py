"""A bot written with hikari: another library's eyes on the local Discord."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import hikari
from hikari.impl import (
    AutocompleteChoiceBuilder,
    ContainerComponentBuilder,
    ContextMenuCommandBuilder,
    InteractiveButtonBuilder,
    MediaGalleryItemBuilder,
    MessageActionRowBuilder,
    ModalActionRowBuilder,
    SlashCommandBuilder,
)

from playground.discord_server import DiscordServer
from tests.playground.discord_server.sample_bot import picture

INTENTS = hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES
STRING = hikari.OptionType.STRING
COLOURS = [hikari.CommandChoice(name="Red", value="r"), hikari.CommandChoice(name="Blue", value="b")]
COMMANDS = [
    SlashCommandBuilder("paint", "Name a colour").add_option(
        hikari.CommandOption(type=STRING, name="colour", description="c", choices=COLOURS, is_required=True)
    ),
    SlashCommandBuilder("draw", "Draw something").add_option(
        hikari.CommandOption(type=STRING, name="prompt", description="p", autocomplete=True, is_required=True)
    ),
    SlashCommandBuilder("whisper", "Answer one member"),
    SlashCommandBuilder("panel", "Show Components V2"),
    SlashCommandBuilder("form", "Open a form"),
    ContextMenuCommandBuilder(name="Repeat", type=hikari.CommandType.MESSAGE),
]


def fox() -> hikari.Bytes:
    """A picture to be sent."""
    return hikari.Bytes(picture(), "fox.png")


async def paint(interaction: hikari.CommandInteraction) -> None:
    """Answer at once."""
    assert interaction.options is not None
    await interaction.create_initial_response(4, f"painted {interaction.options[0].value}")


async def draw(interaction: hikari.CommandInteraction) -> None:
    """Defer, edit the answer, and send a picture after it."""
    assert interaction.options is not None
    await interaction.create_initial_response(5)
    row = MessageActionRowBuilder().add_interactive_button(hikari.ButtonStyle.PRIMARY, "again", label="Again")
    menu = MessageActionRowBuilder()
    menu.add_text_menu("size").add_option("Small", "s").add_option("Large", "l")
    await interaction.edit_initial_response(f"drawn {interaction.options[0].value}", components=[row, menu])
    await interaction.execute("one more", attachment=fox())


async def whisper(interaction: hikari.CommandInteraction) -> None:
    """Answer for the member's eyes alone."""
    await interaction.create_initial_response(4, "psst", flags=hikari.MessageFlag.EPHEMERAL)


async def panel(interaction: hikari.CommandInteraction) -> None:
    """Answer with text, a picture and a button in a container."""
    container = ContainerComponentBuilder().add_text_display("a panel")
    container.add_media_gallery([MediaGalleryItemBuilder(media=fox(), description="a red fox")])
    container.add_action_row([press_me("pressed")])
    await interaction.create_initial_response(4, component=container)


async def form(interaction: hikari.CommandInteraction) -> None:
    """Open a form."""
    row = ModalActionRowBuilder().add_text_input("wish", "Your wish", max_length=20)
    await interaction.create_modal_response("A form", "form", row)


async def repeat(interaction: hikari.CommandInteraction) -> None:
    """Say again what a member wrote."""
    assert interaction.resolved is not None
    [message] = interaction.resolved.messages.values()
    await interaction.create_initial_response(4, f"{message.author.username} wrote: {message.content}")


def press_me(custom_id: str) -> InteractiveButtonBuilder:
    """A button."""
    return InteractiveButtonBuilder(style=hikari.ButtonStyle.PRIMARY, custom_id=custom_id, label="Press")


async def on_component(event: hikari.ComponentInteractionCreateEvent) -> None:
    """Change the message under a button or menu."""
    interaction = event.interaction
    if interaction.custom_id == "pressed":
        container = ContainerComponentBuilder().add_text_display("a pressed panel")
        await interaction.create_initial_response(7, component=container, attachment=None)
    else:
        await interaction.create_initial_response(7, " ".join([interaction.custom_id, *interaction.values]))


async def on_submit(event: hikari.ModalInteractionCreateEvent) -> None:
    """Answer a form."""
    interaction = event.interaction
    field = interaction.components[0].components[0]  # pyright: ignore[reportAttributeAccessIssue]
    await interaction.create_initial_response(4, f"your wish: {field.value}")


async def on_typing(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    """Offer what was typed, twice."""
    interaction = event.interaction
    typed = str(interaction.options[0].value)
    await interaction.create_response([AutocompleteChoiceBuilder(typed * 2, typed * 2)])


ANSWERS: dict[str, Callable[[Any], Awaitable[None]]] = {
    "paint": paint, "draw": draw, "whisper": whisper, "panel": panel, "form": form, "Repeat": repeat,
}  # fmt: skip


async def on_command(event: hikari.CommandInteractionCreateEvent) -> None:
    """Answer a command."""
    await ANSWERS[event.interaction.command_name](event.interaction)


class HikariBot(hikari.GatewayBot):
    """Answers its commands, and lets a test wait for what happens to it."""

    def __init__(self, server: DiscordServer) -> None:
        super().__init__(
            server.token, rest_url=server.api_url, intents=INTENTS, banner=None, logs=None,
            suppress_optimization_warning=True,
        )  # fmt: skip
        self.subscribe(hikari.CommandInteractionCreateEvent, on_command)
        self.subscribe(hikari.ComponentInteractionCreateEvent, on_component)
        self.subscribe(hikari.ModalInteractionCreateEvent, on_submit)
        self.subscribe(hikari.AutocompleteInteractionCreateEvent, on_typing)

    async def register(self) -> None:
        """Register the commands."""
        application = await self.rest.fetch_application()
        await self.rest.set_application_commands(application.id, COMMANDS)

    def next(self, event: type[hikari.Event]) -> asyncio.Task[Any]:
        """The next event of a kind, to be awaited."""
        return asyncio.create_task(self.wait_for(event, timeout=60))


@asynccontextmanager
async def hikari_bot(server: DiscordServer) -> AsyncIterator[HikariBot]:
    """A bot that is logged in, its commands registered."""
    bot = HikariBot(server)
    try:
        await bot.start(check_for_updates=False)
        await bot.register()
        yield bot
    finally:
        if bot.is_alive:
            await bot.close()
