"""What can be closed under a bot that is at work: a thread, a channel, a server, a member's direct messages."""

from collections.abc import Iterable

from playground.discord_server.core import Core
from playground.discord_server.state import seed
from playground.discord_server.state.channels import PRIVATE_THREAD, PUBLIC_THREAD, Channel
from playground.discord_server.state.world import World


def start_thread(world: World, name: str, parent: Channel, *, members: Iterable[str] | None = None) -> Channel:
    """A new thread of the channel with the channel's permissions, or a post where that is a forum.

    It is private when `members`, the ids of those added to it, are given. `World.set_thread` archives and locks it.
    """
    thread = Channel(
        world.snowflakes.next(),
        name,
        PUBLIC_THREAD if members is None else PRIVATE_THREAD,
        nsfw=parent.nsfw,
        parent_id=parent.id,
        overwrites=parent.overwrites,
        joined=set(members or ()),
    )
    world.open_thread(thread)
    return thread


def delete_channel(core: Core, channel: Channel) -> None:
    """Delete a channel with everything in it. Its threads have no event of their own, as on Discord."""
    del core.world.channels[channel.id]
    for thread in [each for each in core.world.channels.values() if each.parent_id == channel.id and each.is_thread]:
        del core.world.channels[thread.id]
    event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
    core.gateway.dispatch(event, channel.payload(), channel.guild_id)


def kick_bot(core: Core) -> None:
    """Throw a connected bot out of the server. Its members can't be written to any more, unless they meet elsewhere."""
    del core.world.members[seed.APPLICATION_ID]
    core.gateway.dispatch("GUILD_DELETE", {"id": core.world.guild.id}, core.world.guild.id)
