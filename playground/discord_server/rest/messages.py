"""Messages of a channel, for those who are in it."""

from collections.abc import Mapping

from playground.discord_server.base.errors import refusal, too_old_to_edit
from playground.discord_server.base.json import Json
from playground.discord_server.messages.admission import check_files
from playground.discord_server.messages.compose import DEFAULT, REPLY, MessageContext
from playground.discord_server.state import seed
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.files import Upload
from playground.discord_server.state.permission_bits import ATTACH_FILES, EMBED_LINKS, MANAGE_MESSAGES, READ_HISTORY
from playground.discord_server.state.permissions import permissions, sending
from playground.discord_server.state.threads import open_to_edits
from playground.discord_server.validation.problems import Problems, refuse
from playground.discord_server.validation.rules import Fields, Number, Snowflake

from .channels import open_to_the_bot, the_channel
from .routing import Call, Routes

routes = Routes()

HOUR = 3600.0
LATE_EDITS = 3
NONCE_SECONDS = 300.0
HISTORY = Fields({"limit": Number(1, 100), "before": Snowflake(), "after": Snowflake(), "around": Snowflake()})


def the_message(call: Call, channel: Channel) -> StoredMessage:
    """The message of the path; ephemeral ones do not exist for a channel's route."""
    stored = call.core.world.find_message(channel, call.snowflake("message_id"))
    if stored.viewer is not None:
        raise refusal("unknown_message")
    return stored


@routes("GET", "/channels/{channel_id}/messages")
async def history(call: Call) -> list[Json]:
    """The messages of a channel, newest first."""
    channel = the_channel(call)
    asked: Json = {name: int(value) if value.isdecimal() else value for name, value in call.query.items()}
    HISTORY.check(asked, (), problems := Problems())
    problems.raise_if_any()
    limit, newest, oldest = asked.get("limit", 50), asked.get("before", 1 << 64), asked.get("after", 0)
    if not permissions(call.core.world, seed.APPLICATION_ID, channel) & READ_HISTORY:
        return []
    found = [each.message for each in channel.messages.values() if each.viewer is None]
    found = [each for each in found if oldest < int(each["id"]) < newest]
    return found[:limit][::-1] if "after" in asked else found[-limit:][::-1]


@routes("GET", "/channels/{channel_id}/messages/{message_id}")
async def message(call: Call) -> Json:
    """One message."""
    return the_message(call, the_channel(call, READ_HISTORY)).message


@routes("POST", "/channels/{channel_id}/messages")
async def send(call: Call) -> Json:
    """Send a message as the bot."""
    body = call.object()
    channel = the_channel(call)
    the_channel(call, sending(channel) | needed_for(body, call.uploads))
    check_files(call.core.world, channel, call.uploads)
    open_to_the_bot(call.core, channel)
    if (known := sent_before(call, channel, body)) is not None:
        return known
    reference = referenced(channel, body)
    if reference is not None and not permissions(call.core.world, seed.APPLICATION_ID, channel) & READ_HISTORY:
        raise refusal("reply_without_history")
    frame = MessageContext(channel, call.core.world.bot, REPLY if reference else DEFAULT, reference=reference)
    if body.get("nonce") is not None:
        frame.fields["nonce"] = body["nonce"]
    return call.core.composer.create(frame, body, call.uploads).message


@routes("PATCH", "/channels/{channel_id}/messages/{message_id}")
async def edit(call: Call) -> Json:
    """Edit a message of the bot's own."""
    channel = the_channel(call)
    open_to_edits(call.core.world, channel)
    stored = own(the_message(call, channel))
    check_files(call.core.world, channel, call.uploads)
    count_late_edit(call, stored)
    return call.core.composer.edit(channel, stored, call.object(), call.uploads)


@routes("DELETE", "/channels/{channel_id}/messages/{message_id}")
async def delete(call: Call) -> None:
    """Delete a message; those of others need a permission."""
    channel = the_channel(call)
    stored = the_message(call, channel)
    if stored.message["author"]["id"] != seed.APPLICATION_ID:
        the_channel(call, MANAGE_MESSAGES)
    call.core.world.remove(channel, stored)


def needed_for(body: Json, uploads: Mapping[str, Upload]) -> int:
    """The permissions a message asks for because of what is in it."""
    return (EMBED_LINKS if body.get("embeds") else 0) | (ATTACH_FILES if uploads else 0)


def own(stored: StoredMessage) -> StoredMessage:
    """The message, if the bot wrote it."""
    if stored.message["author"]["id"] != seed.APPLICATION_ID:
        raise refusal("foreign_message")
    return stored


def referenced(channel: Channel, body: Json) -> StoredMessage | None:
    """The message a new one answers; a missing one is refused unless the body says otherwise."""
    reference = body.get("message_reference")
    if not isinstance(reference, dict):
        return None
    found = channel.messages.get(str(reference.get("message_id")))
    if found is None and reference.get("fail_if_not_exists") in (None, True):
        refuse(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return found


def sent_before(call: Call, channel: Channel, body: Json) -> Json | None:
    """With `enforce_nonce`, the message that a repeated request has already sent."""
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    oldest = int((call.core.clock.now() - NONCE_SECONDS) * 1000 - call.core.snowflakes.EPOCH_MS) << 22
    for stored in channel.messages.values():
        if stored.message.get("nonce") == body["nonce"] and int(stored.id) > oldest:
            return stored.message
    return None


def count_late_edit(call: Call, stored: StoredMessage) -> None:
    """Refuse more than a few edits an hour once the message is an hour old."""
    now = call.core.clock.now()
    born = ((int(stored.id) >> 22) + call.core.snowflakes.EPOCH_MS) / 1000
    if now - born < HOUR:
        return
    stored.late_edits = [moment for moment in stored.late_edits if now - moment < HOUR]
    if len(stored.late_edits) >= LATE_EDITS:
        raise too_old_to_edit(stored.late_edits[0] + HOUR - now)
    stored.late_edits.append(now)
