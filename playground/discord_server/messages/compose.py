"""Making messages and giving them new states, from the bodies of requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import DM, EPHEMERAL, LOADING, Channel, StoredMessage
from playground.discord_server.state.files import Files, Upload
from playground.discord_server.state.world import World
from playground.discord_server.validation.messages import SILENT, SUPPRESS_EMBEDS, V2, check_message
from playground.discord_server.validation.problems import Path, refuse

from .admission import ContentFilter, check_content
from .attachments import attached
from .mentions import mentions
from .resolve import Resolver

SETTABLE = SUPPRESS_EMBEDS | SILENT | V2
DEFAULT, REPLY, COMMAND_REPLY, MENU_REPLY = 0, 19, 20, 23


@dataclass(frozen=True)
class MessageContext:
    """What a message has apart from the body the bot sends: who, where, in answer to what."""

    channel: Channel
    author: Json
    type: int = DEFAULT
    interaction_id: str | None = None
    viewer: str | None = None
    reference: StoredMessage | None = None
    fields: Json = field(default_factory=dict)


class Composer:
    """Builds message objects in a world."""

    def __init__(self, world: World, files: Files) -> None:
        self.world = world
        self.files = files
        self.filters: list[ContentFilter] = []

    def create(
        self, frame: MessageContext, body: Json, uploads: Mapping[str, Upload], path: Path = (), loading: bool = False
    ) -> StoredMessage:
        """A new message, stored and announced."""
        flags = (int_flags(body) & SETTABLE) | (EPHEMERAL if frame.viewer else 0)
        if loading:
            body, flags = {}, (flags & EPHEMERAL) | LOADING
        check_message(body, flags, path)
        stored = StoredMessage(self._blank(frame, flags), frame.viewer, frame.interaction_id)
        message = self._filled(stored, frame.channel, body, uploads, frame.reference)
        if not loading:
            refuse_empty(message)
        stored.message = message
        self.world.add(frame.channel, stored)
        return stored

    def edit(
        self, channel: Channel, stored: StoredMessage, body: Json, uploads: Mapping[str, Upload], path: Path = ()
    ) -> Json:
        """The message after a PATCH, stored and announced; refused edits leave it as it was."""
        old = stored.message
        flags = old["flags"] & ~LOADING
        asked = body.get("flags")
        if isinstance(asked, int) and flags & V2 and not asked & V2:
            refuse((*path, "flags"), "MESSAGE_FLAGS_CANNOT_UNSET", "IS_COMPONENTS_V2 cannot be removed")
        if isinstance(asked, int):
            flags = flags & ~SUPPRESS_EMBEDS | asked & (SUPPRESS_EMBEDS | V2)
        check_message(body, flags, path)
        if flags & V2 and not old["flags"] & V2:
            refuse_leftovers(old, body, path)
        base = {**old, "flags": flags}
        if not old["flags"] & LOADING:
            base["edited_timestamp"] = self.world.clock.stamp()
        draft = StoredMessage(base, stored.viewer, None, stored.components, stored.embeds, stored.files)
        message = self._filled(draft, channel, body, uploads, None)
        refuse_empty(message)
        stored.components, stored.embeds, stored.files = draft.components, draft.embeds, draft.files
        self.world.replace(channel, stored, message)
        return message

    def _filled(
        self,
        stored: StoredMessage,
        channel: Channel,
        body: Json,
        uploads: Mapping[str, Upload],
        reference: StoredMessage | None,
    ) -> Json:
        """The message object with the body's content in it; keeps the body's raw parts in `stored`."""
        stored.files = attached(self.files, channel.id, body, uploads, present=stored.files)
        if "components" in body:
            stored.components = body["components"] or []
        if "embeds" in body:
            stored.embeds = body["embeds"] or []
        resolver = Resolver(stored.files, self.world.external_pictures)
        message: Json = {
            **stored.message,
            "components": resolver.components(stored.components),
            "embeds": resolver.embeds(stored.embeds),
        }
        resolver.problems.raise_if_any()
        message["attachments"] = [each for each in stored.files if each["id"] not in resolver.used]
        if "content" in body:
            message["content"] = (body["content"] or "").strip()
        if stored.message["author"].get("bot"):
            check_content(self.filters, channel, message, len(uploads))
        if {"content", "components", "allowed_mentions"} & body.keys():
            replied = reference.message["author"] if reference else None
            message |= mentions(self.world, message, body.get("allowed_mentions"), replied)
        return message

    def _blank(self, frame: MessageContext, flags: int) -> Json:
        message: Json = {
            "id": self.world.snowflakes.next(),
            "type": frame.type,
            "channel_id": frame.channel.id,
            "author": frame.author,
            "content": "",
            "timestamp": self.world.clock.stamp(),
            "edited_timestamp": None,
            "tts": False,
            "pinned": False,
            "flags": flags,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            **frame.fields,
        }
        return message | reference_fields(frame)


def int_flags(body: Json) -> int:
    """The flags a body asks for; what is no number is left for the validation to name."""
    flags = body.get("flags")
    return flags if isinstance(flags, int) else 0


def reference_fields(frame: MessageContext) -> Json:
    """What a message carries of the one it answers; an ephemeral one stays hidden from those who can't see it."""
    if frame.reference is None:
        return {}
    place: Json = {"type": 0, "channel_id": frame.channel.id, "message_id": frame.reference.id}
    if frame.channel.type != DM:
        place["guild_id"] = frame.channel.guild_id
    if not frame.reference.visible_to(frame.viewer or ""):
        return {"message_reference": place}
    referenced = {key: value for key, value in frame.reference.message.items() if key != "referenced_message"}
    return {"message_reference": place, "referenced_message": referenced}


def refuse_empty(message: Json) -> None:
    """Refuse a message with nothing to show; of the second generation nothing but components is shown."""
    parts = ("components",) if message["flags"] & V2 else ("content", "embeds", "components", "attachments")
    if not any(message[part] for part in parts):
        raise refusal("empty_message")


def refuse_leftovers(old: Json, body: Json, path: Path) -> None:
    """Refuse to make a message V2 while it keeps content or embeds of its former life."""
    for name in ("content", "embeds"):
        if old[name] and name not in body:
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            refuse((*path, name), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
