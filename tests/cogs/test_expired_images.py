"""/describe on yesterday's pictures, whose addresses have expired, uses fresh ones."""

from playground.discord_server import Upload, media, unsigned
from playground.discord_server.state.signed_urls import DAY
from tests.cogs.described import finished_description
from tests.support.stage import Stage, ended, picture, texts


def described_url(stage: Stage) -> str:
    """The address in the last describe request."""
    return [job.submitted["url"] for job in stage.api.jobs.values() if job.kind == "describe"][-1]


async def test_old_picture_is_described_again(own_stage: Stage) -> None:
    """🔄 on an old description uses the address of the picture in the reply."""
    first = await finished_description(own_stage)
    given = described_url(own_stage)
    own_stage.discord.clock.advance(DAY)
    again = await (await own_stage.mia.press(first, label="🔄")).wait_for(ended)
    assert "**1** " in texts(again)
    assert described_url(own_stage) != given
    assert unsigned(described_url(own_stage)) == unsigned(media(first)[0]["url"])


async def test_menu_on_an_old_message(own_stage: Stage) -> None:
    """The context menu describes a picture that was posted yesterday."""
    sent = own_stage.max.send(own_stage.channel, "look", Upload("fox.png", picture()))
    own_stage.discord.clock.advance(DAY)
    done = await (await own_stage.mia.context(sent, "Describe")).wait_for(ended)
    assert "**1** " in texts(done)
    assert unsigned(described_url(own_stage)) == unsigned(sent["attachments"][0]["url"])
