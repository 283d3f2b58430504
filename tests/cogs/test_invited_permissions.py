"""With the permissions of its invitation alone, the bot can do everything that it does."""

from bot.client.invitation import NEEDED
from playground.discord_server import media
from playground.discord_server.members.removals import start_thread
from playground.discord_server.state import permission_bits as bits
from playground.discord_server.state.seed import BOT_ROLE, GUILD_ID
from tests.support.stage import Stage, ended, is_private, percent_of

AGES = (0, 16 * 60, 57 * 60)
"""Seconds after which a reply is edited by its token, by its channel, or replaced by a new message."""


async def test_the_invitation_gives_enough(own_stage: Stage) -> None:
    """In channels and threads, for replies of any age and several of one interaction, nothing is refused."""
    roles = own_stage.discord.world.guild.roles
    roles[GUILD_ID]["permissions"] = str(bits.VIEW_CHANNEL | bits.USE_COMMANDS)
    roles[BOT_ROLE]["permissions"] = str(NEEDED.value)
    thread = start_thread(own_stage.discord.world, "side talk", own_stage.channel)
    for place in (own_stage.channel, thread):
        for age in AGES:
            own_stage.hold()
            await (await own_stage.mia.slash(place, "imagine", prompt=f"a fox of {age}")).wait_for(percent_of)
            own_stage.discord.clock.advance(age)
            own_stage.release()
            await own_stage.all_delivered()
        shown = [each.message for each in place.messages.values() if media(each.message)]
        assert len(shown) == len(AGES)
    question = await own_stage.mia.slash(thread, "imagine", prompt="a {red, blue} fox")
    await own_stage.mia.press(await question.wait_for(is_private), label="Confirm")
    await thread.wait_for(lambda each: ended(each) and "a blue fox" in str(each["components"]))
    assert [entry.line() for entry in own_stage.discord.request_log if entry.status in (401, 403)] == []
