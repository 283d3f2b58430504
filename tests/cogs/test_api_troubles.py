"""What the API can do to a job, and what the member reads then."""

import pytest

from playground.discord_server import media, texts
from tests.support.stage import Stage, ended, labels, labels_in_rows, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE_THE_JOB = {
    "key-refused": "ImaginePro refused the bot's API key. Whoever runs this bot must check it.",
    "credits-used-up": "ImaginePro's credits are used up. Whoever runs this bot must add some.",
    "prompt-refused": "Our AI moderator thinks this prompt is probably against our community standards",
    "prompt-refused-filters": "Request cancelled due to image filters",
    "prompt-refused-words": "forbidden: The prompt has blocked words: unicorn",
    "success-false": "The job could not be accepted, please try again",
    "bad-request": "Request is malformed.",
}
DURING_THE_JOB = {
    "fails-at-60": "Sorry! Something went wrong while making this picture",
    "moderated-late": "Request cancelled due to image filters",
    "small-fail": "Request cancelled due to image filters",
    "stalls-at-46": "The job did not end within 900 seconds",
    "done-without-uri": "ImaginePro says this job is done, but sent no picture",
}
HARMLESS = (
    "unknown-status",
    "missing-status",
    "missing-progress",
    "progress-as-text",
    "progress-as-percent",
    "either-parent-spelling",
    "no-message-id",
    "extra-fields",
    "offset-times",
    "answers-201",
    "not-readable-at-once",
    "rate-limited",
    "cancel-listed",
)


def shows_retry(message: dict[str, object]) -> bool:
    """Whether the reply has nothing to press but this."""
    return labels(message) == ["Retry"]


@pytest.mark.parametrize(("scenario", "sentence"), {**BEFORE_THE_JOB, **DURING_THE_JOB}.items())
async def test_failure_ends_in_a_sentence(stage: Stage, scenario: str, sentence: str) -> None:
    """One sentence on the reply, the prompt kept, Retry offered; the next try works."""
    stage.set_speed(2000)
    stage.api.control.choose(scenario)
    failed = await stage.finished(f"a fox and {scenario} --ar 3:2")
    assert sentence in texts(failed)
    assert f"**a fox and {scenario}** --ar 3:2" in texts(failed).replace("\\", "")
    assert shows_retry(failed)
    stage.settle_down()
    assert media(await stage.pressed(failed, "Retry"))


@pytest.mark.parametrize("scenario", HARMLESS)
async def test_oddities_do_not_stop_a_job(stage: Stage, scenario: str) -> None:
    """However the API spells its records, the picture comes with its buttons."""
    stage.api.control.choose(scenario, seconds=0.2)
    done = await stage.finished(f"a fox despite {scenario}")
    assert media(done)
    assert labels_in_rows(done)[0][:4] == ["U1", "U2", "U3", "U4"]
    assert len(stage.submissions(f"a fox despite {scenario}")) == 1


@pytest.mark.parametrize("scenario", ["progress-as-text", "progress-as-percent", "unknown-status"])
async def test_percentages_are_read_in_every_spelling(stage: Stage, scenario: str) -> None:
    """Text, a sign or a strange status: the member sees the number."""
    stage.hold(31)
    stage.api.control.choose(scenario)
    outcome = await stage.imagine(f"a fox counted with {scenario}")
    assert await outcome.wait_for(lambda message: percent_of(message) == 31)
    stage.release()
    await outcome.wait_for(ended)


async def test_picture_without_buttons(stage: Stage) -> None:
    """A record without buttons makes a reply without follow-ups; to look at its pictures needs none."""
    done = await stage.finished("a fox scenario:no-buttons")
    assert media(done)
    assert labels(done) == ["Singles"]


async def test_vanished_picture_is_explained(stage: Stage) -> None:
    """The job is done and paid, so its buttons stay; the file that is gone is named."""
    done = await stage.finished("a fox scenario:picture-gone")
    assert "its file can no longer be downloaded" in texts(done)
    assert media(done) == []
    assert "U2" in labels(done)


async def test_too_big_picture_is_made_to_fit(stage: Stage) -> None:
    """More bytes than the place takes are encoded anew; the original is one press away."""
    done = await stage.finished("a fox scenario:picture-too-big")
    [patch] = [entry for entry in stage.discord.journal.of("/messages/{message_id}", "PATCH") if entry.files][-1:]
    assert patch.files[0]["filename"] == "picture.jpg"
    assert patch.files[0]["size"] <= stage.discord.world.guild.attachment_limit
    assert media(done)[0]["content_type"] == "image/jpeg"
    assert "[original](<" in texts(done)


@pytest.mark.parametrize("scenario", ["html-500", "empty-500"])
async def test_broken_answers_while_it_runs_are_waited_out(stage: Stage, scenario: str) -> None:
    """Pages of HTML and empty bodies in answer to progress reads do not end a job."""
    stage.api.control.choose(scenario, on="progress", times=4)
    assert media(await stage.finished(f"a fox through {scenario}"))


@pytest.mark.parametrize("scenario", ["down", "down-503"])
async def test_outage_in_mid_job_is_told_and_waited_out(stage: Stage, scenario: str) -> None:
    """The reply says that the API is silent, keeps what it showed, and goes on when the API is back."""
    stage.hold()
    outcome = await stage.imagine(f"a patient fox through {scenario}")
    await outcome.wait_for(lambda message: (percent_of(message) or 0) > 0)
    stage.api.control.choose(scenario, seconds=600)
    noted = await outcome.wait_for(lambda message: "does not answer at the moment" in texts(message))
    assert percent_of(noted) is not None
    assert "Cancel" in labels(noted)
    stage.settle_down()
    done = await outcome.wait_for(ended)
    assert media(done)
    assert "does not answer" not in texts(done)
