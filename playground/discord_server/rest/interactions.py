"""The callback: the first answer to an interaction."""

from playground.discord_server.interactions.answers import MESSAGE, UPDATE
from playground.discord_server.wire import Json

from .routing import Call, Routes

routes = Routes()


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
