"""Acting as a member, from Python: what tests do instead of clicking."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.discord_server.base.errors import Refused
from playground.discord_server.base.json import Json
from playground.discord_server.base.message_readers import buttons
from playground.discord_server.base.waiting import WAIT_SECONDS, WaitTimeout
from playground.discord_server.core import Core
from playground.discord_server.interactions.interaction import Interaction
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.files import UPLOADS, Upload

from .actions import Actions


@dataclass(frozen=True)
class Modal:
    """A form the bot has opened, waiting to be filled in."""

    interaction_id: str
    custom_id: str
    title: str
    components: list[Json]


class Outcome:
    """What came of an action."""

    def __init__(self, core: Core, interaction: Interaction, modal: Modal | None) -> None:
        self._core = core
        self._interaction = interaction
        self.modal = modal

    @property
    def id(self) -> str:
        """The interaction's id."""
        return self._interaction.id

    @property
    def state(self) -> str:
        """`acknowledged` or `failed`."""
        return self._interaction.state

    @property
    def error(self) -> str | None:
        """What the member reads when the bot did not answer in time."""
        return self._interaction.error

    @property
    def answer(self) -> int | None:
        """The type of the callback the bot sent."""
        return self._interaction.answer

    @property
    def seconds(self) -> float | None:
        """How long the bot took to answer; None when it did not in time."""
        answered = self._interaction.answered
        return answered - self._interaction.started if answered is not None else None

    @property
    def choices(self) -> list[Json]:
        """What autocomplete offers."""
        return self._interaction.choices or []

    @property
    def message(self) -> Json | None:
        """The reply (or the message that the press changes) as it is now."""
        original = self._interaction.original
        return original.message if original else None

    @property
    def messages(self) -> list[Json]:
        """The reply and its follow-ups as they are now."""
        return [stored.message for stored in self._interaction.messages]

    async def wait_for(self, predicate: Callable[[Json], Any], timeout: float = WAIT_SECONDS) -> Json:
        """The first of this interaction's messages of which the predicate is true, now or later (seconds)."""

        def fits(message: Json) -> bool:
            interaction = self._interaction
            mine = {stored.id for stored in [*interaction.messages, interaction.original] if stored}
            # A message in the making announces itself before the interaction knows it as its own.
            made_by = (message.get("interaction_metadata") or {}).get("id")
            return (message["id"] in mine or made_by == interaction.id) and bool(predicate(message))

        return await self._interaction.channel.wait_for(fits, timeout)


class Member:
    """A person in the local Discord."""

    def __init__(self, core: Core, user_id: str) -> None:
        self._core = core
        self.id = user_id
        self.user = core.world.users[user_id]
        self.dm = core.world.dm(user_id)

    async def slash(self, channel: Channel, name: str, /, **options: Any) -> Outcome:
        """Use a slash command (`"group sub"` for subcommands); None leaves an option out."""
        command, nested = self._nested(name, self._values(options))
        return await self._settled(lambda actions: actions.slash(channel.id, command, nested))

    async def autocomplete(self, channel: Channel, name: str, option: str, typed: str, /, **others: Any) -> list[Json]:
        """The choices offered while `typed` stands in an option."""
        given = [*self._values(others), {"name": option, "value": typed, "focused": True}]
        command, nested = self._nested(name, given)
        outcome = await self._settled(lambda actions: actions.autocomplete(channel.id, command, nested))
        return outcome.choices

    async def press(self, message: Json, *, label: str | None = None, custom_id: str | None = None) -> Outcome:
        """Press a button, found by its label (or emoji) or custom_id."""
        wanted = custom_id or self._button(message, label)
        place, message_id = message["channel_id"], message["id"]
        return await self._settled(lambda actions: actions.press(place, message_id, wanted))

    async def choose(self, message: Json, custom_id: str, values: list[str]) -> Outcome:
        """Choose in a select menu."""
        place, message_id = message["channel_id"], message["id"]
        return await self._settled(lambda actions: actions.choose(place, message_id, custom_id, values))

    async def submit(self, modal: Modal, values: dict[str, Any]) -> Outcome:
        """Fill in a form by custom_id and submit it; a value may be an Upload."""
        filled = {key: self._plain(value) for key, value in values.items()}
        return await self._settled(lambda actions: actions.submit(modal.interaction_id, modal.custom_id, filled))

    async def context(self, message: Json, name: str) -> Outcome:
        """Use a command of a message's context menu."""
        place, message_id = message["channel_id"], message["id"]
        return await self._settled(lambda actions: actions.context(place, message_id, name))

    def send(self, channel: Channel, content: str, *files: Upload) -> Json:
        """Write a message."""
        uploads = {str(number): upload for number, upload in enumerate(files)}
        return Actions(self._core, self.id).send(channel.id, content, uploads).message

    def dismiss(self, message: Json) -> None:
        """Put away an ephemeral message."""
        Actions(self._core, self.id).dismiss(message["id"])

    def sees(self, message: Json) -> bool:
        """Whether the member's client shows the message now."""
        channel = self._core.world.channels[message["channel_id"]]
        stored = channel.messages.get(message["id"])
        here = channel in self._core.world.visible_channels(self.id)
        return here and stored is not None and stored.visible_to(self.id)

    async def _settled(self, act: Callable[[Actions], Interaction]) -> Outcome:
        """Act, and wait until the bot has answered or its time has run out."""
        settled = asyncio.Event()
        modals: list[Modal] = []

        def listener(name: str, data: Json) -> None:
            if name == "modal":
                modals.append(Modal(**data))
            settled.set()

        interaction = act(Actions(self._core, self.id, listener))
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await settled.wait()
        except TimeoutError:
            raise WaitTimeout(f"the interaction did not end\n{self._core.transcript()}") from None
        return Outcome(self._core, interaction, modals[0] if modals else None)

    def _button(self, message: Json, label: str | None) -> str:
        for button in buttons(message):
            if label in (button.get("label"), (button.get("emoji") or {}).get("name")):
                if not button.get("custom_id"):
                    raise Refused(f"The button “{label}” is a link.")
                return button["custom_id"]
        raise Refused(f"There is no button “{label}”, only {[each.get('label') for each in buttons(message)]}.")

    def _values(self, options: dict[str, Any]) -> list[Json]:
        given = {name: self._plain(value) for name, value in options.items()}
        return [{"name": name, "value": value} for name, value in given.items() if value is not None]

    def _nested(self, name: str, options: list[Json]) -> tuple[str, list[Json]]:
        command, *subcommands = name.split()
        for subcommand in reversed(subcommands):
            options = [{"name": subcommand, "options": options}]
        return command, options

    def _plain(self, value: Any) -> Any:
        """A value as the client sends it: ids for people, channels and files."""
        if isinstance(value, Upload):
            return self._core.files.keep(UPLOADS, value)["id"]
        if isinstance(value, Member | Channel):
            return value.id
        return [self._plain(each) for each in value] if isinstance(value, list) else value
