"""Responses to interactions: the callback, and the messages that the token reaches for 15 minutes."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.interactions.answers import MESSAGE, UPDATE
from playground.discord_server.interactions.interaction import Interaction
from playground.discord_server.state import seed
from playground.discord_server.state.channels import StoredMessage
from playground.discord_server.state.threads import open_to_changed_answers

from .routing import Call, Reply, Routes

routes = Routes()

BASE = "/webhooks/{webhook_id}/{token}"
ONE = BASE + "/messages/{message_id}"


@routes("POST", "/interactions/{interaction_id}/{token}/callback", bot_only=False)
async def callback(call: Call) -> Json | None:
    """Answer an interaction; with `with_response` the made message comes back."""
    interaction = call.core.interactions.unanswered(call.snowflake("interaction_id"), call.place["token"])
    body = call.object()
    made = call.core.answers.give(interaction, body, call.uploads)
    if call.query.get("with_response", "").lower() not in ("true", "1"):
        return None
    about: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "channel_id": interaction.channel.id,
    }
    if interaction.channel.guild_id:
        about["guild_id"] = interaction.channel.guild_id
    answer: Json = {"interaction": about}
    if made is not None:
        loading = bool(made.message["flags"] & 128)
        about |= {"response_message_id": made.id, "response_message_loading": loading}
        about["response_message_ephemeral"] = made.viewer is not None
        if body["type"] in (MESSAGE, UPDATE):
            answer["resource"] = {"type": body["type"], "message": made.message}
    return answer


def the_interaction(call: Call) -> Interaction:
    """The interaction of the path's token."""
    if call.snowflake("webhook_id") != seed.APPLICATION_ID:
        raise refusal("unknown_webhook")
    return call.core.interactions.answered(call.place["token"])


def the_message(call: Call, interaction: Interaction) -> StoredMessage:
    """The interaction's own message that the path names."""
    message_id = call.place["message_id"]
    if message_id == "@original":
        found = interaction.original
    else:
        mine = [*interaction.messages, *([interaction.original] if interaction.original else [])]
        found = next((each for each in mine if each.id == call.snowflake("message_id")), None)
    if found is None or found.id not in interaction.channel.messages:
        raise refusal("unknown_message")
    return found


@routes("POST", BASE, bot_only=False)
async def follow_up(call: Call) -> Json | Reply:
    """Send another message; without `wait` nothing comes back."""
    made = call.core.answers.follow_up(the_interaction(call), call.object(), call.uploads)
    if call.query.get("wait", "true").lower() in ("true", "1"):
        return made.message
    return Reply(None, 204)


@routes("GET", ONE, bot_only=False)
async def read(call: Call) -> Json:
    """The message as it is."""
    return the_message(call, the_interaction(call)).message


@routes("PATCH", ONE, bot_only=False)
async def edit(call: Call) -> Json:
    """Edit the message."""
    interaction = the_interaction(call)
    stored = the_message(call, interaction)
    open_to_changed_answers(call.core.world, interaction.channel)
    return call.core.answers.edit(interaction, stored, call.object(), call.uploads)


@routes("DELETE", ONE, bot_only=False)
async def delete(call: Call) -> None:
    """Delete the message."""
    interaction = the_interaction(call)
    call.core.world.remove(interaction.channel, the_message(call, interaction))
