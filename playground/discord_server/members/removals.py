"""What can be closed under a bot that is at work: a thread, a channel, a server, a member's direct messages."""

from playground.discord_server.core import Core
from playground.discord_server.state import seed
from playground.discord_server.state.channels import PUBLIC_THREAD, Channel
from playground.discord_server.state.world import World


def start_thread(world: World, name: str, parent: Channel) -> Channel:
    """A new public thread of the channel, with the channel's permissions; archive or lock it by its attributes."""
    thread = Channel(
        world.snowflakes.next(),
        name,
        PUBLIC_THREAD,
        nsfw=parent.nsfw,
        parent_id=parent.id,
        overwrites=parent.overwrites,
    )
    world.channels[thread.id] = thread
    return thread


def delete_channel(core: Core, channel: Channel) -> None:
    """Delete a channel with everything in it."""
    del core.world.channels[channel.id]
    event = "THREAD_DELETE" if channel.type == PUBLIC_THREAD else "CHANNEL_DELETE"
    core.gateway.dispatch(event, channel.payload(), channel.guild_id)


def kick_bot(core: Core) -> None:
    """Throw a connected bot out of the server. Its members can't be written to any more, unless they meet elsewhere."""
    del core.world.members[seed.APPLICATION_ID]
    core.gateway.dispatch("GUILD_DELETE", {"id": core.world.guild.id}, core.world.guild.id)
