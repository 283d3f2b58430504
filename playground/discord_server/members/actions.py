"""What members do, and what their client refuses to send."""

from collections.abc import Mapping
from typing import Any

from playground.discord_server.base.errors import Refused
from playground.discord_server.base.json import Json
from playground.discord_server.base.message_readers import BUTTON, SELECTS, components
from playground.discord_server.core import Core
from playground.discord_server.interactions.forms import answers_in, selected, submitted
from playground.discord_server.interactions.interaction import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Listener,
)
from playground.discord_server.interactions.options import filled_in, typed_so_far
from playground.discord_server.interactions.resolved import Resolved
from playground.discord_server.messages.compose import MessageContext
from playground.discord_server.state import seed
from playground.discord_server.state.app_installs import of_place, owners
from playground.discord_server.state.channels import DM, FORUM, Channel, StoredMessage
from playground.discord_server.state.files import Upload
from playground.discord_server.state.permission_bits import ADMINISTRATOR, ATTACH_FILES, USE_COMMANDS, VIEW_CHANNEL
from playground.discord_server.state.permissions import guild_permissions, is_timed_out, permissions, sending
from playground.discord_server.state.registered_commands import APP_HANDLER, CHAT_INPUT, MESSAGE
from playground.discord_server.state.threads import is_locked_to, may_reopen
from playground.discord_server.state.world import World

LONGEST = 2000


class Actions:
    """One member's hands; everything refused raises Refused with a sentence for the member."""

    def __init__(self, core: Core, user_id: str, listener: Listener | None = None) -> None:
        self.core = core
        self.user_id = user_id
        self._listener = listener

    def slash(self, channel_id: str, name: str, options: list[Json]) -> Interaction:
        """Use a slash command."""
        channel = self.stage(channel_id, USE_COMMANDS)
        command = self.command(channel, name, CHAT_INPUT)
        resolved = self._resolved(channel)
        filled = filled_in(command.get("options") or [], options, resolved)
        return self._open(COMMAND, channel, self._data(command, resolved, options=filled), command=command)

    def autocomplete(self, channel_id: str, name: str, options: list[Json]) -> Interaction:
        """Ask for choices while typing."""
        channel = self.stage(channel_id, USE_COMMANDS)
        command = self.command(channel, name, CHAT_INPUT)
        typed = typed_so_far(command.get("options") or [], options)
        return self._open(
            AUTOCOMPLETE, channel, self._data(command, self._resolved(channel), options=typed), command=command
        )

    def context(self, channel_id: str, message_id: str, name: str) -> Interaction:
        """Use a command of a message's context menu."""
        channel = self.stage(channel_id, USE_COMMANDS)
        command = self.command(channel, name, MESSAGE)
        resolved = self._resolved(channel)
        target = resolved.message(self.message(channel, message_id).message)
        return self._open(COMMAND, channel, self._data(command, resolved, target_id=target), command=command)

    def launch(self, channel_id: str) -> Interaction:
        """Open the application's Activity where the bot itself answers that."""
        channel = self.place(channel_id, USE_COMMANDS)
        command = self.core.commands.entry_point
        if command is None or command["handler"] != APP_HANDLER:
            raise Refused("There is no Activity that the bot could open.")
        return self._open(COMMAND, channel, self._data(command, self._resolved(channel)), command=command)

    def press(self, channel_id: str, message_id: str, custom_id: str) -> Interaction:
        """Press a button."""
        return self._component(channel_id, message_id, custom_id, (BUTTON,), None)

    def choose(self, channel_id: str, message_id: str, custom_id: str, values: Any) -> Interaction:
        """Choose in a select menu."""
        return self._component(channel_id, message_id, custom_id, SELECTS, values)

    def submit(self, interaction_id: str, custom_id: str, filled: Any) -> Interaction:
        """Send a modal off; `filled` are components, or a mapping of custom_id to value."""
        cause = self.core.interactions.get(interaction_id)
        if cause is None or cause.modal is None or cause.user_id != self.user_id:
            raise Refused("This form is no longer open.")
        if cause.modal["custom_id"] != custom_id:
            raise Refused("This is another form than the one that is open.")
        self.stage(cause.channel.id, VIEW_CHANNEL)
        resolved = self._resolved(cause.channel)
        answers = dict(filled) if isinstance(filled, Mapping) else dict(answers_in(filled))
        data: Json = {"custom_id": custom_id, "components": submitted(cause.modal, answers, resolved)}
        if resolved.found:
            data["resolved"] = resolved.found
        return self._open(MODAL_SUBMIT, cause.channel, data, source=cause.source, cause=cause)

    def send(self, channel_id: str, content: str, uploads: Mapping[str, Upload] | None = None) -> StoredMessage:
        """Write a message, with files if need be."""
        channel = self.place(channel_id, ATTACH_FILES if uploads else 0)
        self.place(channel_id, sending(channel))
        if channel.type == FORUM:
            raise Refused("A forum takes no messages, only posts.", 50008)
        if is_locked_to(self.core.world, self.user_id, channel):
            raise Refused("This thread is locked.", 160005)
        if not content.strip() and not uploads:
            raise Refused("An empty message can't be sent.")
        if len(content) > LONGEST:
            raise Refused(f"Your message is too long: {LONGEST} characters at most.")
        self.core.world.set_thread(channel, archived=False)
        frame = MessageContext(channel, self.core.world.users[self.user_id])
        return self.core.composer.create(frame, {"content": content}, uploads or {})

    def uploaded(self, attachment_ids: Any) -> dict[str, Upload]:
        """Files that the member has uploaded for a message; KeyError for an unknown id."""
        return {str(number): self.core.files.upload(each) for number, each in enumerate(attachment_ids or [])}

    def dismiss(self, message_id: str) -> None:
        """Put away an ephemeral message."""
        for channel in self.core.world.visible_channels(self.user_id):
            stored = channel.messages.get(message_id)
            if stored is not None and stored.viewer == self.user_id:
                self.core.world.remove(channel, stored)
                return
        raise Refused("There is no such message to dismiss.")

    def place(self, channel_id: str, needed: int) -> Channel:
        """A channel where the member may do that."""
        world = self.core.world
        visible = {channel.id: channel for channel in world.visible_channels(self.user_id)}
        channel = visible.get(str(channel_id))
        allowed = permissions(world, self.user_id, channel) if channel else 0
        if channel is None or not allowed & VIEW_CHANNEL:
            raise Refused("There is no such channel.", 10003)
        if needed & ~allowed:
            raise Refused("You may not do that in this channel.", 50013)
        return channel

    def stage(self, channel_id: str, needed: int) -> Channel:
        """A channel where the member may use the bot: never in time-out, nor in a forum outside of its posts.

        An archived thread is opened again, as clients do before they send an interaction. Commands reach the bot from
        a locked one too, although it can't answer them there.
        """
        channel, world = self.place(channel_id, VIEW_CHANNEL), self.core.world
        if channel.guild_id == world.guild.id and is_timed_out(world, self.user_id):
            raise Refused("You are in time-out: you can use this again when it has ended.", 50013)
        self.place(channel_id, needed)
        if channel.type == FORUM:
            raise Refused("This is not possible in this type of channel.", 50024)
        if channel.archived and not channel.locked and not may_reopen(world, self.user_id, channel):
            raise Refused("An error occurred, please try again.", 50013)
        if channel.archived and not is_locked_to(world, self.user_id, channel):
            world.set_thread(channel, archived=False)
        return channel

    def message(self, channel: Channel, message_id: str) -> StoredMessage:
        """A message that the member sees."""
        stored = channel.messages.get(str(message_id))
        if stored is None or not stored.visible_to(self.user_id):
            raise Refused("There is no such message.")
        return stored

    def command(self, channel: Channel, name: str, kind: int) -> Json:
        """A command that the member is offered in the channel."""
        command = self.core.commands.named(name, kind, channel.guild_id)
        if command is None or not owners(self.core.world, command, channel, self.user_id):
            raise Refused(f"There is no command “{name}” here.")
        if channel.guild_id == self.core.world.guild.id and not may_use(command, self.core.world, self.user_id):
            raise Refused("You do not have permission to use this command.")
        if command["nsfw"] and not channel.nsfw and channel.type != DM:
            raise Refused("This command can only be used in age-restricted channels.")
        return command

    def _component(
        self, channel_id: str, message_id: str, custom_id: str, kinds: tuple[int, ...], values: Any
    ) -> Interaction:
        channel = self.stage(channel_id, VIEW_CHANNEL)
        source = self.message(channel, message_id)
        if is_locked_to(self.core.world, self.user_id, channel):
            raise Refused("This thread is locked.", 160005)
        found = [each for each in components(source.message) if each.get("custom_id") == custom_id]
        if not found or found[0]["type"] not in kinds:
            raise Refused("There is nothing like that on this message.")
        if found[0].get("disabled"):
            raise Refused("This is disabled.")
        if source.message["author"]["id"] != seed.APPLICATION_ID:
            raise Refused("This message is not the bot's.")
        kind, resolved = found[0]["type"], self._resolved(channel)
        data: Json = {"component_type": kind, "custom_id": custom_id, "id": found[0]["id"]}
        if kind != BUTTON:
            data["values"] = selected(found[0], values, resolved)
            self.core.selections.check(self.user_id, source.id, found[0], data["values"])
        if resolved.found:
            data["resolved"] = resolved.found
        interaction = self._open(COMPONENT, channel, data, source=source)
        if kind != BUTTON:
            self.core.selections.keep(source.id, interaction)
        return interaction

    def _data(self, command: Json, resolved: Resolved, **more: Any) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        if resolved.found:
            data["resolved"] = resolved.found
        return data | {key: value for key, value in more.items() if value}

    def _resolved(self, channel: Channel) -> Resolved:
        return Resolved(self.core.world, self.core.files, self.user_id, channel)

    def _open(
        self,
        kind: int,
        channel: Channel,
        data: Json,
        *,
        command: Json | None = None,
        source: StoredMessage | None = None,
        cause: Interaction | None = None,
    ) -> Interaction:
        if command is not None:
            owned = owners(self.core.world, command, channel, self.user_id)
        else:
            owned = cause.owners if cause is not None else owners_of(source, channel)
        return self.core.interactions.open(
            kind, self.user_id, channel, data, owners=owned, source=source, cause=cause, listener=self._listener
        )


def owners_of(source: StoredMessage | None, channel: Channel) -> Json:
    """For which installation a message stands whose button is pressed."""
    metadata = source.message.get("interaction_metadata") if source is not None else None
    return metadata["authorizing_integration_owners"] if metadata else of_place(channel)


def may_use(command: Json, world: World, user_id: str) -> bool:
    """Whether a member of the guild has the permissions that a command asks for by default; 0 is for administrators."""
    needed, has = command["default_member_permissions"], guild_permissions(world, user_id)
    return bool(has & ADMINISTRATOR) if needed == "0" else not int(needed or 0) & ~has
