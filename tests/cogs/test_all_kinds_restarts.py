"""Orders and their buttons across restarts: each test has a bot of its own."""

from playground.discord_server import Outcome, media, selects
from tests.cogs.all_kinds import FOX, HARE, finished, is_moving, newest, ordered
from tests.support.stage import Message, Stage, ended, is_private, labels, percent_of


async def under_way(stage: Stage) -> tuple[Outcome, Message]:
    """A video that has begun and stays there until `go_on`, and its reply."""
    stage.hold()
    outcome = await ordered(stage, "video")
    # Beyond 0 % the simulator has made the video already, in threads that are the bot's and end with it.
    return outcome, await outcome.wait_for(lambda message: (percent_of(message) or 0) > 0)


async def test_extend_survives_a_restart(own_stage: Stage) -> None:
    """The button holds the job's id and a number."""
    video = await finished(own_stage, "video")
    # Until it is noted that the video was shown, it would be shown once more.
    await own_stage.delivered_record(newest(own_stage).ref or "")
    await own_stage.restart()
    assert media(await own_stage.pressed(video, "Extend"))


async def test_restart_in_mid_job(own_stage: Stage) -> None:
    """The same message goes on to the video, and nothing is sent twice."""
    outcome, running = await under_way(own_stage)
    await own_stage.stop()
    own_stage.release()
    await own_stage.start()
    done = await outcome.wait_for(ended)
    assert done["id"] == running["id"]
    assert await is_moving(media(done)[0])
    assert len(own_stage.api.jobs) == 1


async def test_video_that_ended_while_the_bot_was_away(own_stage: Stage) -> None:
    """Its result is fetched at the next start."""
    outcome, _ = await under_way(own_stage)
    await own_stage.stop()
    own_stage.release()
    await own_stage.wait_until(lambda: newest(own_stage).status.terminal)
    await own_stage.start()
    assert labels(await outcome.wait_for(ended)) == ["Extend"]


async def test_offer_survives_a_restart(own_stage: Stage) -> None:
    """The menu holds nothing but a number that the database knows."""
    message = own_stage.max.send(own_stage.channel, "both", FOX, HARE)
    offer = await (await own_stage.mia.context(message, "Remove background")).wait_for(is_private)
    await own_stage.restart()
    [menu] = selects(offer)
    done = await (await own_stage.mia.choose(offer, menu["custom_id"], ["0"])).wait_for(ended)
    assert media(done)
    assert newest(own_stage).kind == "remove-bg"
