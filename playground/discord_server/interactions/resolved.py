"""The `resolved` part of an interaction: the objects behind the ids a member chose."""

from typing import Any

from playground.discord_server.base.errors import Refused, refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.files import Files
from playground.discord_server.state.permission_bits import ATTACH_FILES
from playground.discord_server.state.permissions import guild_permissions, permissions
from playground.discord_server.state.world import World


class Resolved:
    """Looks up ids for what a member does in a channel, and collects what was found, by kind."""

    def __init__(self, world: World, files: Files, user_id: str, channel: Channel) -> None:
        self._channel = channel
        self._world = world
        self._files = files
        self._user_id = user_id
        self.found: dict[str, dict[str, Json]] = {}

    def user(self, value: Any) -> str:
        """A user's id; KeyError when there is none."""
        user = self._world.users[str(value)]
        self._note("users", user["id"], user)
        member = self._world.members.get(user["id"])
        if member is not None:
            allowed = str(guild_permissions(self._world, user["id"]))
            self._note("members", user["id"], {**member.without_user(), "permissions": allowed})
        return user["id"]

    def role(self, value: Any) -> str:
        """A role's id; KeyError when there is none."""
        role = self._world.guild.roles[str(value)]
        self._note("roles", role["id"], role)
        return role["id"]

    def channel(self, value: Any) -> Channel:
        """A channel; KeyError when there is none."""
        channel = self._world.channels[str(value)]
        allowed = str(permissions(self._world, self._user_id, channel))
        self._note("channels", channel.id, {**channel.payload(), "permissions": allowed})
        return channel

    def mentionable(self, value: Any) -> str:
        """A user's or role's id; KeyError when it is neither."""
        return self.user(value) if str(value) in self._world.users else self.role(value)

    def attachment(self, value: Any) -> str:
        """An upload's id; KeyError when nothing was uploaded under it, refused where the member may attach no files."""
        if not permissions(self._world, self._user_id, self._channel) & ATTACH_FILES:
            # A real client uploads by way of the channel, whose route refuses it before there is an interaction.
            raise refusal("missing_permissions")
        attachment = self._files.by_id[str(value)]
        own = self._world.upload_limits.of_member.get(self._user_id, 0)
        if attachment["size"] > max(self._world.guild.attachment_limit, own):
            raise Refused("Your files are too powerful: the limit here is 10 MB.")
        self._note("attachments", attachment["id"], {**attachment, "ephemeral": True})
        return attachment["id"]

    def message(self, message: Json) -> str:
        """The id of a message that a context menu was opened on."""
        self._note("messages", message["id"], message)
        return message["id"]

    def _note(self, kind: str, item_id: str, item: Json) -> None:
        self.found.setdefault(kind, {})[item_id] = item
