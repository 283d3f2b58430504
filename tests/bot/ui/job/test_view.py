"""How jobs look: within Discord's limits whatever they hold, and nothing in them acts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import JobKind, JobState
from bot.ui.job.view import (
    Message,
    already_started_text,
    ended_message,
    image_description,
    moved_message,
    running_message,
)
from playground.discord_server.base.message_readers import TEXT_DISPLAY, buttons, components, media, selects, texts
from tests.bot.ui.markdown_reader import read
from tests.bot.ui.records import ADDRESSES, ENDINGS, FRAMES, NOW, PICTURE, TEXTS, job

PARENT = "https://discord.com/channels/1100000000004194304/1100000000000000201/1300000000000000009"
FRAMES_OF_VIDEO = {"start": "https://example.com/1.png", "end": "https://example.com/2.png"}


def body(message: Message) -> dict[str, Any]:
    """The message as it is sent."""
    return {"components": message.view.to_components()}


def assert_fits(message: Message) -> None:
    """Discord would take it: components, characters, custom_ids, labels, descriptions."""
    sent = body(message)
    assert len(list(components(sent))) <= 40
    assert 1 <= len(texts(sent)) <= 4000
    ids = [each["custom_id"] for each in components(sent) if "custom_id" in each]
    assert len(ids) == len(set(ids))
    assert all(1 <= len(each) <= 100 for each in ids)
    assert all(button.get("emoji") or 1 <= len(button["label"]) <= 80 for button in buttons(sent))
    assert all(1 <= len(menu["options"]) <= 25 for menu in selects(sent))
    assert all(1 <= len(item["description"] or "") <= 1024 for item in media(sent))


def assert_title_is_literal(message: Message) -> None:
    """The words stand in the first line, bold, and nothing in it acts."""
    title = texts(body(message)).split("\n-# ")[0]
    assert "\n" not in title
    assert title.startswith("**")
    reading = read(title.replace("**", "", 2) if "**" in title[2:] else title)
    assert reading.active == ()


@given(FRAMES)
def test_any_running_job_fits(frame: JobProgress) -> None:
    """Whatever a prompt, a note or the API holds, the message can be sent."""
    message = running_message(frame, PARENT)
    assert_fits(message)
    assert_title_is_literal(message)


@settings(max_examples=150)
@given(ENDINGS)
def test_any_ended_job_fits(ending: JobEnding) -> None:
    """The same once the job has ended, with sixty buttons or none, a picture or a reason."""
    message = ended_message(ending, PARENT)
    assert_fits(message)
    assert_title_is_literal(message)
    assert len(message.files()) == (1 if ending.job.state is JobState.DONE and ending.uploads else 0)


@settings(max_examples=150)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8).map(tuple), ADDRESSES, st.booleans())
def test_any_described_picture_fits(found: tuple[str, ...], address: str, is_sent_back: bool) -> None:
    """The same for prompts found in a picture: numbered, each with its button, and nothing in them acts."""
    record = job(
        kind=JobKind.DESCRIBE,
        details={"url": address},
        prompt="",
        words="",
        mode="",
        state=JobState.DONE,
        texts=found,
        image_url=address,
    )
    message = ended_message(JobEnding(job=record, uploads=(PICTURE,) if is_sent_back else ()), PARENT)
    assert_fits(message)
    lines = [each["content"] for each in components(body(message)) if each["type"] == TEXT_DISPLAY][1].split("\n\n")
    assert [line[:6] for line in lines] == [f"**{number}** " for number in range(1, min(len(found), 4) + 1)]
    assert [read(line[6:]).active for line in lines] == [()] * len(lines)
    numbers = [button["label"] for button in buttons(body(message)) if button.get("label")]
    assert numbers == [line[2] for line in lines] + ["Imagine all"] * (len(found) > 1)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"details": {"blended": ["https://a.example/b.png"] * 3}}, "**Blend of 3 pictures** \\--ar 2:3"),
        ({"kind": JobKind.FOLLOW_UP, "button": "U1"}, "**Picture** \\--ar 2:3"),
    ],
)
def test_prompt_of_pictures_alone_has_a_title(changes: dict[str, Any], title: str) -> None:
    """No address stands where the words would; the flags do."""
    prompt = " ".join(["https://a.example/b.png"] * 3 + ["--ar 2:3"])
    message = running_message(JobProgress(job=job(prompt=prompt, words="", **changes), phase=JobPhase.RUNNING))
    assert texts(body(message)).splitlines()[0] == title


@given(ENDINGS)
def test_any_pointer_to_an_earlier_job_fits(ending: JobEnding) -> None:
    """The sentence that leads to an earlier press is short, and its label does nothing."""
    sentence = already_started_text(ending.job)
    assert len(sentence) <= 2000
    assert read(sentence.partition(" was started")[0].partition(" is done")[0]).active == ()


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (JobProgress(job=job(), phase=JobPhase.WAITING), "⏳ In line"),
        (JobProgress(job=job(), phase=JobPhase.WAITING, position=3), "⏳ In line, place 3"),
        (
            JobProgress(job=job(), phase=JobPhase.WAITING, position=3, eta_seconds=100),
            "⏳ In line, place 3 · about 2 min",
        ),
        (JobProgress(job=job(), phase=JobPhase.WAITING, eta_seconds=12), "⏳ In line · about 20 s"),
        (JobProgress(job=job(), phase=JobPhase.QUEUED), "⏳ Sent, waiting to be started"),
        (JobProgress(job=job(), phase=JobPhase.RUNNING), "🎨 Under way"),
        (JobProgress(job=job(), phase=JobPhase.RUNNING, percent=0), "▱▱▱▱▱▱▱▱▱▱▱▱ **0 %**"),
        (JobProgress(job=job(), phase=JobPhase.RUNNING, percent=50), "▰▰▰▰▰▰▱▱▱▱▱▱ **50 %**"),
        (JobProgress(job=job(), phase=JobPhase.RUNNING, percent=100), "▰▰▰▰▰▰▰▰▰▰▰▱ **99 %**"),
        (JobProgress(job=job(), phase=JobPhase.CANCELLING, percent=50), "🚫 Cancelling …"),
    ],
)
def test_every_phase_has_its_line(frame: JobProgress, status: str) -> None:
    """In line, sent, a percentage that is never 100 before the picture is there."""
    assert texts(body(running_message(frame))).splitlines()[2] == status


@given(ENDINGS)
def test_any_ending_elsewhere_fits(ending: JobEnding) -> None:
    """A line above it takes room from what is below; what is left at the old place is short."""
    heading = "-# You asked for this in a place"
    elsewhere = ended_message(ending, PARENT, heading)
    assert_fits(elsewhere)
    assert texts(body(elsewhere)).startswith(heading + "\n**")
    left = moved_message(ending.job, PARENT)
    assert_fits(left)
    assert_title_is_literal(left)


def test_cancelling_can_not_be_cancelled_again() -> None:
    """The Cancel button goes with the wish."""
    assert buttons(body(running_message(JobProgress(job=job(), phase=JobPhase.CANCELLING)))) == []
    assert len(buttons(body(running_message(JobProgress(job=job(), phase=JobPhase.QUEUED))))) == 1


def test_title_has_the_flags_behind_the_words() -> None:
    """Words are bold, flags are not; addresses of pictures are left out, even when they hold the same letters."""
    record = job(words="fox", prompt="https://example.com/fox.png http://a.example/x fox --no fox --ar 3:2")
    title = texts(body(running_message(JobProgress(job=record, phase=JobPhase.QUEUED)))).splitlines()[0]
    assert title.replace("\\", "") == "**fox** --no fox --ar 3:2"


def test_result_tells_time_seed_and_original() -> None:
    """The facts stand in one small line, in this order."""
    record = job(
        state=JobState.DONE,
        finished_at=NOW + timedelta(seconds=65),
        seed=7,
        image_url="https://cdn.imaginepro.ai/a>b.png",
    )
    lines = texts(body(ended_message(JobEnding(job=record, uploads=(PICTURE,))))).splitlines()
    assert lines[1].endswith("· fast · 1 min 5 s · seed 7 · [original](<https://cdn.imaginepro.ai/a%3Eb.png>)")


@given(st.lists(ADDRESSES, min_size=1, max_size=12), TEXTS)
def test_any_number_of_results_fits(urls: list[str], words: str) -> None:
    """However many videos or pictures there are and however long their addresses, the message can be sent."""
    video = job(kind=JobKind.VIDEO, details=FRAMES_OF_VIDEO, words=words, prompt=words, videos=tuple(urls))
    flux = job(kind=JobKind.FLUX, details={"count": 4}, words=words, prompt=words, tiles=tuple(urls[:4]))
    for record in (video, flux):
        assert_fits(ended_message(JobEnding(job=replace(record, state=JobState.DONE), uploads=(PICTURE,)), PARENT))


def test_every_result_is_linked() -> None:
    """By its number where there are several, also when it could not be shown."""
    urls = tuple(f"https://cdn.imaginepro.ai/{place}.mp4" for place in range(1, 3))
    record = job(kind=JobKind.VIDEO, details=FRAMES_OF_VIDEO, state=JobState.DONE, videos=urls, image_url=urls[0])
    told = texts(body(ended_message(JobEnding(job=record))))
    assert f"[original 1](<{urls[0]}>) · [original 2](<{urls[1]}>)" in told
    one = texts(body(ended_message(JobEnding(job=replace(record, videos=urls[:1], image_url=None)))))
    assert f"[original](<{urls[0]}>)" in one


def test_results_are_called_what_they_are() -> None:
    """A video is not called a picture, neither to people who can't see it nor where it came from."""
    record = job(
        kind=JobKind.EXTEND_VIDEO,
        details={"index": 1},
        state=JobState.DONE,
        videos=("https://cdn.imaginepro.ai/1.mp4",),
    )
    assert image_description(record) == "Extended video made from the prompt: a red fox"
    assert f"Extended video of [this video]({PARENT})" in texts(body(ended_message(JobEnding(job=record), PARENT)))
    wordless = replace(record, words="", prompt="")
    assert image_description(wordless) == "Result of Extended video"


def test_follow_up_links_to_its_parent() -> None:
    """The button is named, and the picture it belongs to is one press away."""
    record = job(button="V1", state=JobState.FAILED, reason="No.")
    assert f"V1 of [this picture]({PARENT})" in texts(body(ended_message(JobEnding(job=record), PARENT)))
    assert " · V1" in texts(body(ended_message(JobEnding(job=record))))


def test_unclear_job_may_be_submitted_again() -> None:
    """The button says what it does: it may be paid twice."""
    [again] = buttons(body(ended_message(JobEnding(job=job(state=JobState.UNCONFIRMED, reason="?")))))
    assert again["label"] == "Submit again"


def test_job_that_has_not_ended_has_no_ending() -> None:
    """Showing one would be a mistake of the caller."""
    with pytest.raises(ValueError, match="has not ended"):
        ended_message(JobEnding(job=job()))


def test_files_are_made_anew_for_every_try() -> None:
    """Sending uses a file up, and an ending may be sent twice."""
    message = ended_message(JobEnding(job=job(state=JobState.DONE), uploads=(PICTURE,)))
    assert message.files()[0].fp.read() == message.files()[0].fp.read() == b"bytes"


def test_earlier_job_is_pointed_to() -> None:
    """By a link once its reply is known, in words before."""
    done = job(button="U2", state=JobState.DONE)
    assert already_started_text(done).startswith("U2 is done already: see [its reply](https://discord.com/channels/")
    unknown = job(button="U2", reply=done.reply.__class__(**{**_fields(done.reply), "message_id": None}))
    assert already_started_text(unknown) == "U2 was started already: see its reply. Nothing was paid again."


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
