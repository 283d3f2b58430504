"""Pictures of yesterday: Discord's addresses of them have ceased to work, and the bot goes on with new ones."""

from playground.discord_server import Upload, media, unsigned
from playground.discord_server.state.signed_urls import DAY
from tests.cogs.described import described
from tests.support.stage import Stage, ended, picture, texts


def asked(stage: Stage) -> str:
    """The address of the last picture that the API was asked to describe."""
    return [job.submitted["url"] for job in stage.api.jobs.values() if job.kind == "describe"][-1]


async def test_old_picture_is_described_again(own_stage: Stage) -> None:
    """The given address is of no use any more; the reply shows the picture at one that is."""
    first = await described(own_stage)
    given = asked(own_stage)
    own_stage.discord.clock.advance(DAY)
    again = await (await own_stage.mia.press(first, label="🔄")).wait_for(ended)
    assert "**1** " in texts(again)
    assert asked(own_stage) != given
    assert unsigned(asked(own_stage)) == unsigned(media(first)[0]["url"])


async def test_menu_on_an_old_message(own_stage: Stage) -> None:
    """A picture that somebody sent yesterday is described as one of today is."""
    sent = own_stage.max.send(own_stage.channel, "look", Upload("fox.png", picture()))
    own_stage.discord.clock.advance(DAY)
    done = await (await own_stage.mia.context(sent, "Describe")).wait_for(ended)
    assert "**1** " in texts(done)
    assert unsigned(asked(own_stage)) == unsigned(sent["attachments"][0]["url"])
