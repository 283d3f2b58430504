"""Whether a message is taken: its files by permission and size, its words by the server's filters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.base.message_readers import texts
from playground.discord_server.state.app_installs import app_permissions
from playground.discord_server.state.channels import DM, Channel
from playground.discord_server.state.files import Upload
from playground.discord_server.state.permission_bits import ATTACH_FILES
from playground.discord_server.state.uploads import DEFAULT_LIMIT, REQUEST_LIMIT
from playground.discord_server.state.world import World


@dataclass(frozen=True)
class ContentFilter:
    """Messages with text that fits the pattern are refused for a reason; without one, those with files.

    Filters of servers don't reach direct messages.
    """

    reason: str
    pattern: re.Pattern[str] | None = None
    also_in_dms: bool = False

    def refuses(self, channel: Channel, message: Json, files: int) -> bool:
        """Whether this message is not taken in the channel."""
        if channel.type == DM and not self.also_in_dms:
            return False
        return bool(files) if self.pattern is None else self.pattern.search(texts(message)) is not None


def upload_limit(world: World, channel: Channel, user_id: str | None = None) -> int:
    """The bytes that a file may have: a server's alone, or with a user the larger one of both."""
    guild = world.guild_of(channel)
    of_place = DEFAULT_LIMIT if guild is None else guild.attachment_limit
    return max(of_place, world.upload_limits.of_member.get(user_id or "", 0))


def stated_limit(world: World, channel: Channel, user_id: str) -> int:
    """The `attachment_size_limit` of an interaction."""
    stated = world.upload_limits.stated
    return upload_limit(world, channel, user_id) if stated is None else stated


def check_files(world: World, channel: Channel, uploads: Mapping[str, Upload], user_id: str | None = None) -> None:
    """Refuse the bot's files: without its permission, one that is too large, or all together.

    `user_id` is whose interaction's token sends them; by the channel's route their limit does not count.
    """
    if not uploads:
        return
    if not app_permissions(world, channel) & ATTACH_FILES:
        raise refusal("missing_permissions")
    sizes = [len(upload.data) for upload in uploads.values()]
    if max(sizes) > upload_limit(world, channel, user_id) or sum(sizes) > REQUEST_LIMIT:
        raise refusal("too_large")


def check_content(filters: list[ContentFilter], channel: Channel, message: Json, files: int) -> None:
    """Refuse what one of the filters does not let through."""
    for each in filters:
        if each.refuses(channel, message, files):
            raise refusal(each.reason)
