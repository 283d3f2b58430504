"""Failures and unusual answers of the API, and what the member reads then."""

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
    "done-empty": "ImaginePro says this job is done, but sent no picture",
    "error-alone": "Request cancelled due to image filters",
    "success-false-record": "Request cancelled due to image filters",
    "says-timeout": "ImaginePro could not make this picture: It took too long.",
}
UNUSUAL_ANSWERS = (
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
    "not-valid-at-once",
    "other-words",
    "done-is-success",
    "unknown-end",
    "spaced-address",
    "done-without-uri",
    "tiles-only",
    "picture-empty-at-first",
)


def shows_retry(message: dict[str, object]) -> bool:
    """Whether Retry is the reply's only button."""
    return labels(message) == ["Retry"]


@pytest.mark.parametrize(("scenario", "sentence"), {**BEFORE_THE_JOB, **DURING_THE_JOB}.items())
async def test_failure_is_explained(stage: Stage, scenario: str, sentence: str) -> None:
    """A failure shows one sentence, the prompt and Retry, which works."""
    stage.set_speed(2000)
    stage.api.faults.choose(scenario)
    failed = await stage.finished(f"a fox and {scenario} --ar 3:2")
    assert sentence in texts(failed)
    assert f"**a fox and {scenario}** --ar 3:2" in texts(failed).replace("\\", "")
    assert shows_retry(failed)
    stage.settle_down()
    assert media(await stage.pressed(failed, "Retry"))


@pytest.mark.parametrize("scenario", UNUSUAL_ANSWERS)
async def test_unusual_answers_do_not_stop_a_job(stage: Stage, scenario: str) -> None:
    """Unusual API answers do not stop a job: the picture and its buttons are shown."""
    stage.api.faults.choose(scenario, seconds=0.2)
    done = await stage.finished(f"a fox despite {scenario}")
    assert media(done)
    assert labels_in_rows(done)[0][:4] == ["U1", "U2", "U3", "U4"]
    assert len(stage.submissions(f"a fox despite {scenario}")) == 1


@pytest.mark.parametrize("scenario", ["progress-as-text", "progress-as-percent", "unknown-status"])
async def test_percentages_are_read_in_every_format(stage: Stage, scenario: str) -> None:
    """The percentage is read from text, with a percent sign and with an unknown status."""
    stage.hold(31)
    stage.api.faults.choose(scenario)
    outcome = await stage.imagine(f"a fox counted with {scenario}")
    assert await outcome.wait_for(lambda message: percent_of(message) == 31)
    stage.release()
    await outcome.wait_for(ended)


async def test_a_preview_with_a_long_address_is_shown(stage: Stage) -> None:
    """It is uploaded, so that its address does not matter."""
    stage.hold(46)
    stage.api.faults.choose("long-preview")
    outcome = await stage.imagine("a fox behind a long address")
    assert await outcome.wait_for(lambda message: percent_of(message) == 46 and media(message))
    stage.settle_down()
    assert media(await outcome.wait_for(ended))


async def test_a_preview_that_discord_refuses_stops_no_progress(stage: Stage) -> None:
    """The text is sent without it, beside the preview that is there already."""
    stage.hold(15)
    outcome = await stage.imagine("a fox that Discord does not like")
    before = await outcome.wait_for(lambda message: percent_of(message) == 15)
    stage.discord.faults.fail_uploads(400)
    stage.hold(77)
    running = await outcome.wait_for(lambda message: percent_of(message) == 77)
    assert [each["url"] for each in media(running)] == [each["url"] for each in media(before)]
    assert any(each.status == 400 and each.files for each in stage.discord.request_log)
    stage.settle_down()
    assert media(await outcome.wait_for(ended))


async def test_picture_without_buttons(stage: Stage) -> None:
    """A result without buttons offers only Singles, which needs no API button."""
    done = await stage.finished("a fox scenario:no-buttons")
    assert media(done)
    assert labels(done) == ["Singles"]


async def test_buttons_without_a_picture(stage: Stage) -> None:
    """A job that is done and has only buttons shows them, and says that there is no file."""
    done = await stage.finished("a fox scenario:buttons-only")
    assert "sent no file" in texts(done)
    assert labels(done)[:4] == ["U1", "U2", "U3", "U4"]
    assert "Retry" not in labels(done)


async def test_a_job_that_reading_denies(stage: Stage) -> None:
    """Whether by 400 or by a 200 that says so: the job is unknown for a while, then known again."""
    stage.api.faults.choose("unknown-job-400", on="progress", times=2)
    stage.api.faults.choose("unknown-job-200", times=2)
    outcome = await stage.imagine("a fox denied at first")
    done = await outcome.wait_for(ended)
    assert media(done)
    assert all("does not answer" not in texts(each) for each in stage.channel.versions(done["id"]))


@pytest.mark.parametrize("way", ["refused", "made"])
async def test_a_price_stands_where_it_is_owed(stage: Stage, way: str) -> None:
    """The price of a refused job is removed; the one that is not published stays on the result."""
    if way == "refused":
        stage.api.faults.choose("bad-request")
    ending = await stage.finished(f"a fox that is {way} --turbo")
    assert ("price not published" in texts(ending)) == (way == "made")
    assert "credits" not in texts(ending)


async def test_missing_picture_file_is_explained(stage: Stage) -> None:
    """When the picture's file is missing, the reply says so and keeps the buttons."""
    done = await stage.finished("a fox scenario:picture-gone")
    assert "its file can no longer be downloaded" in texts(done)
    assert media(done) == []
    assert "U2" in labels(done)


async def test_too_large_picture_is_reencoded(stage: Stage) -> None:
    """A picture above the server's upload limit is re-encoded, and the reply links the original."""
    done = await stage.finished("a fox scenario:picture-too-big")
    [patch] = [entry for entry in stage.discord.request_log.of("/messages/{message_id}", "PATCH") if entry.files][-1:]
    assert patch.files[0]["filename"] == "picture.jpg"
    assert patch.files[0]["size"] <= stage.discord.world.guild.attachment_limit
    assert media(done)[0]["content_type"] == "image/jpeg"
    assert "[original](<" in texts(done)


@pytest.mark.parametrize("scenario", ["html-500", "empty-500"])
async def test_broken_answers_to_polls_do_not_end_a_job(stage: Stage, scenario: str) -> None:
    """HTML pages and empty bodies as answers to polls do not end a job."""
    stage.api.faults.choose(scenario, on="progress", times=4)
    assert media(await stage.finished(f"a fox through {scenario}"))


@pytest.mark.parametrize("scenario", ["down", "down-503"])
async def test_outage_during_a_job_is_shown(stage: Stage, scenario: str) -> None:
    """During an outage the reply keeps its percentage and says that the API does not answer, then continues."""
    stage.hold()
    outcome = await stage.imagine(f"a patient fox through {scenario}")
    await outcome.wait_for(lambda message: (percent_of(message) or 0) > 0)
    stage.api.faults.choose(scenario, seconds=600)
    noted = await outcome.wait_for(lambda message: "does not answer at the moment" in texts(message))
    assert percent_of(noted) is not None
    assert "Cancel" in labels(noted)
    stage.settle_down()
    done = await outcome.wait_for(ended)
    assert media(done)
    assert "does not answer" not in texts(done)
