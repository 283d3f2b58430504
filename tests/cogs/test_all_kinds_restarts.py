"""Jobs of the other commands and their buttons across restarts; each test has a bot of its own."""

from playground.discord_server import Outcome, media
from tests.cogs.all_kinds import FOX, HARE, finished, frames, newest_job, use_command
from tests.support.stage import Message, Stage, ended, is_private, labels, percent_of


async def running_video(stage: Stage) -> tuple[Outcome, Message]:
    """A video that runs until `release`, and its reply."""
    stage.hold()
    outcome = await use_command(stage, "video")
    # Above 0 % the simulator has rendered the video, in threads that would end with the bot.
    return outcome, await outcome.wait_for(lambda message: (percent_of(message) or 0) > 0)


async def test_extend_survives_a_restart(own_stage: Stage) -> None:
    """Extend works after a restart: its custom_id holds the job's id and a number."""
    video = await finished(own_stage, "video")
    # Before that, a restart would deliver the video again.
    await own_stage.delivered_record(newest_job(own_stage).ref or "")
    await own_stage.restart()
    assert media(await own_stage.pressed(video, "Extend"))


async def test_restart_during_a_job(own_stage: Stage) -> None:
    """After a restart the same message shows the video, and the job was sent once."""
    outcome, running = await running_video(own_stage)
    await own_stage.stop()
    own_stage.release()
    await own_stage.start()
    done = await outcome.wait_for(ended)
    assert done["id"] == running["id"]
    assert len(await frames(media(done)[0])) > 1
    assert len(own_stage.api.jobs) == 1


async def test_video_that_finished_while_the_bot_was_stopped(own_stage: Stage) -> None:
    """A video that finished while the bot was stopped is delivered at the next start."""
    outcome, _ = await running_video(own_stage)
    await own_stage.stop()
    own_stage.release()
    await own_stage.wait_until(lambda: newest_job(own_stage).status.terminal)
    await own_stage.start()
    assert labels(await outcome.wait_for(ended)) == ["Extend"]


async def test_question_survives_a_restart(own_stage: Stage) -> None:
    """The buttons of a question work after a restart: their custom_ids refer to a database row."""
    message = own_stage.max.send(own_stage.channel, "both", FOX, HARE)
    offer = await (await own_stage.mia.context(message, "Remove background")).wait_for(is_private)
    await own_stage.restart()
    done = await (await own_stage.mia.press(offer, label="Picture 1")).wait_for(ended)
    assert media(done)
    assert newest_job(own_stage).kind == "remove-bg"
