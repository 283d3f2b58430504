"""Messages of jobs: Discord's limits, escaped text and content."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.images.formats import Upload
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import JobKind, JobState
from bot.ui.job.heading import cost
from bot.ui.job.view import (
    Message,
    Preview,
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
    """The message's body."""
    return {"components": message.view.to_components()}


def assert_fits(message: Message) -> None:
    """Check Discord's limits of components, characters, custom_ids, labels and descriptions."""
    sent = body(message)
    assert len(list(components(sent))) <= 40
    assert 1 <= len(texts(sent)) <= 4000
    ids = [each["custom_id"] for each in components(sent) if "custom_id" in each]
    assert len(ids) == len(set(ids))
    assert all(1 <= len(each) <= 100 for each in ids)
    assert all(button.get("emoji") or 1 <= len(button["label"]) <= 80 for button in buttons(sent))
    assert all(1 <= len(menu["options"]) <= 25 for menu in selects(sent))
    assert all(1 <= len(item["description"] or "") <= 1024 for item in media(sent))
    assert all(len(item["url"]) <= 2048 for item in media(sent))
    assert all(len(button.get("url", "")) <= 512 for button in buttons(sent))


def assert_title_is_literal(message: Message) -> None:
    """Check that the first line is a bold, escaped title."""
    title = texts(body(message)).split("\n-# ")[0]
    assert "\n" not in title
    assert title.startswith("**")
    reading = read(title.replace("**", "", 2) if "**" in title[2:] else title)
    assert reading.active == ()


@given(FRAMES)
def test_any_running_job_fits(frame: JobProgress) -> None:
    """Any running job's message keeps Discord's limits and is escaped."""
    message = running_message(frame, PARENT)
    assert_fits(message)
    assert_title_is_literal(message)


@settings(max_examples=150)
@given(ENDINGS)
def test_any_ended_job_fits(ending: JobEnding) -> None:
    """Any finished job's message keeps Discord's limits and is escaped."""
    message = ended_message(ending, PARENT)
    assert_fits(message)
    assert_title_is_literal(message)
    assert len(message.files()) == len(ending.uploads)


@settings(max_examples=150)
@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8).map(tuple), ADDRESSES, st.booleans())
def test_any_described_picture_fits(found: tuple[str, ...], address: str, is_sent_back: bool) -> None:
    """Any description's message has numbered, escaped prompts with a button each."""
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
    """A prompt of pictures alone is titled by its kind and flags, without addresses."""
    prompt = " ".join(["https://a.example/b.png"] * 3 + ["--ar 2:3"])
    message = running_message(JobProgress(job=job(prompt=prompt, words="", **changes), phase=JobPhase.RUNNING))
    assert texts(body(message)).splitlines()[0] == title


@given(ENDINGS)
def test_any_pointer_to_an_earlier_job_fits(ending: JobEnding) -> None:
    """The sentence that links an earlier job is short and escaped."""
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
def test_every_phase_has_its_status_line(frame: JobProgress, status: str) -> None:
    """Each phase has its status line, and a running job never shows 100 %."""
    assert texts(body(running_message(frame))).splitlines()[2] == status


@given(ENDINGS)
def test_any_fallback_message_fits(ending: JobEnding) -> None:
    """A fallback message with its heading, and the old reply's pointer, keep Discord's limits."""
    heading = "-# You asked for this in a place"
    fallback = ended_message(ending, PARENT, heading)
    assert_fits(fallback)
    assert texts(body(fallback)).startswith(heading + "\n**")
    left = moved_message(ending.job, PARENT)
    assert_fits(left)
    assert_title_is_literal(left)


def test_cancelling_can_not_be_cancelled_again() -> None:
    """A job that is being cancelled has no Cancel button."""
    assert buttons(body(running_message(JobProgress(job=job(), phase=JobPhase.CANCELLING)))) == []
    assert len(buttons(body(running_message(JobProgress(job=job(), phase=JobPhase.QUEUED))))) == 1


def test_title_has_words_and_flags() -> None:
    """The title has bold words and plain flags, without image addresses."""
    record = job(words="fox", prompt="https://example.com/fox.png http://a.example/x fox --no fox --ar 3:2")
    title = texts(body(running_message(JobProgress(job=record, phase=JobPhase.QUEUED)))).splitlines()[0]
    assert title.replace("\\", "") == "**fox** --no fox --ar 3:2"


@pytest.mark.parametrize(
    ("changes", "credits_", "price"),
    [
        ({"state": JobState.WAITING, "remote_id": None}, 10, "10 credits"),
        ({"state": JobState.WAITING, "remote_id": None}, None, "may cost credits"),
        ({"state": JobState.RUNNING}, None, "may cost credits"),
        ({"state": JobState.DONE}, 10, "10 credits"),
        ({"state": JobState.DONE}, None, "price not published"),
        ({"state": JobState.FAILED}, 10, "10 credits"),
        ({"state": JobState.FAILED, "remote_id": None}, 10, ""),
        ({"state": JobState.FAILED, "remote_id": None}, None, ""),
        ({"state": JobState.CANCELLED}, 10, "10 credits"),
        ({"state": JobState.CANCELLED, "remote_id": None}, 10, ""),
        ({"state": JobState.UNCONFIRMED, "remote_id": None}, 10, "10 credits"),
    ],
)
def test_a_price_stands_while_it_is_owed(changes: dict[str, Any], credits_: int | None, price: str) -> None:
    """No price where nothing was sent or accepted; after the end an unknown one is called so."""
    assert cost(job(cost_credits=credits_, **changes)) == price


def test_result_shows_time_seed_and_original() -> None:
    """A result shows mode, time, seed and original in one line."""
    record = job(
        state=JobState.DONE,
        finished_at=NOW + timedelta(seconds=65),
        seed=7,
        image_url="https://cdn.imaginepro.ai/a>b.png",
    )
    lines = texts(body(ended_message(JobEnding(job=record, uploads=(PICTURE,))))).splitlines()
    assert lines[1].endswith(
        "· fast · price not published · 1 min 5 s · seed 7 · [original](<https://cdn.imaginepro.ai/a%3Eb.png>)"
    )


@given(st.lists(ADDRESSES, min_size=1, max_size=12), TEXTS)
def test_any_number_of_results_fits(urls: list[str], words: str) -> None:
    """Any number of results with any addresses keeps Discord's limits."""
    video = job(kind=JobKind.VIDEO, details=FRAMES_OF_VIDEO, words=words, prompt=words, videos=tuple(urls))
    flux = job(kind=JobKind.FLUX, details={"count": 4}, words=words, prompt=words, tiles=tuple(urls[:4]))
    for record in (video, flux):
        assert_fits(ended_message(JobEnding(job=replace(record, state=JobState.DONE), uploads=(PICTURE,)), PARENT))


def test_every_result_is_linked() -> None:
    """Each result is linked, with a number if there are several."""
    urls = tuple(f"https://cdn.imaginepro.ai/{number}.mp4" for number in range(1, 3))
    record = job(kind=JobKind.VIDEO, details=FRAMES_OF_VIDEO, state=JobState.DONE, videos=urls, image_url=urls[0])
    text = texts(body(ended_message(JobEnding(job=record))))
    assert f"[original 1](<{urls[0]}>) · [original 2](<{urls[1]}>)" in text
    one = texts(body(ended_message(JobEnding(job=replace(record, videos=urls[:1], image_url=None)))))
    assert f"[original](<{urls[0]}>)" in one


def test_videos_are_called_videos() -> None:
    """Alt text and titles call a video a video."""
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


def test_a_buttons_video_is_called_a_video() -> None:
    """Alt text and links call the video of a button a video, by its file or by its record."""
    urls = ("https://cdn.imaginepro.ai/1.mp4",)
    record = job(kind=JobKind.FOLLOW_UP, button="U1", details={"of_video": True}, state=JobState.DONE, videos=urls)
    assert image_description(record) == "U1: Video made from the prompt: a red fox"
    assert image_description(replace(record, videos=()), is_video=True) == "U1: Video made from the prompt: a red fox"
    film = Upload(b"bytes", "video.mp4", is_video=True)
    shown = body(ended_message(JobEnding(job=record, uploads=(film,)), PARENT))
    assert f"U1 of [this video]({PARENT})" in texts(shown)
    assert f"[original](<{urls[0]}>)" in texts(shown)


def test_follow_up_links_to_its_parent() -> None:
    """A follow-up names its button and links its parent."""
    record = job(button="V1", state=JobState.FAILED, reason="No.")
    assert f"V1 of [this picture]({PARENT})" in texts(body(ended_message(JobEnding(job=record), PARENT)))
    assert " · V1" in texts(body(ended_message(JobEnding(job=record))))


def test_unconfirmed_job_may_be_submitted_again() -> None:
    """An unconfirmed job offers "Submit again" instead of Retry."""
    [again] = buttons(body(ended_message(JobEnding(job=job(state=JobState.UNCONFIRMED, reason="?")))))
    assert again["label"] == "Submit again"


def test_running_job_has_no_final_message() -> None:
    """Building the final message of a running job raises an error."""
    with pytest.raises(ValueError, match="has not ended"):
        ended_message(JobEnding(job=job()))


def test_files_are_new_for_every_send() -> None:
    """New files are created for each send, as sending reads them."""
    message = ended_message(JobEnding(job=job(state=JobState.DONE), uploads=(PICTURE,)))
    assert message.files()[0].fp.read() == message.files()[0].fp.read() == b"bytes"


def test_earlier_job_is_linked() -> None:
    """An earlier job is linked if its reply is known, else described."""
    done = job(button="U2", state=JobState.DONE)
    assert already_started_text(done).startswith("U2 is done already: see [its reply](https://discord.com/channels/")
    unknown = job(button="U2", reply=done.reply.__class__(**{**_fields(done.reply), "message_id": None}))
    assert already_started_text(unknown) == "U2 was started already: see its reply. Nothing was paid again."


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


@pytest.mark.parametrize("preview", [None, Preview("preview-1.png"), Preview("preview-1.png", PICTURE)])
def test_preview_is_a_file_of_the_message(preview: Preview | None) -> None:
    """Its address is never shown, as Discord may leave it blank; a file that is there already is kept."""
    progress = JobProgress(job=job(), phase=JobPhase.RUNNING, percent=46, preview_url="https://cdn.imaginepro.ai/p.png")
    message = running_message(progress, preview=preview)
    assert_fits(message)
    assert [item["url"] for item in media(body(message))] == ([] if preview is None else ["attachment://preview-1.png"])
    assert (message.uploads != (), message.keeps_files) == (
        (False, False) if preview is None else (preview.upload is not None, preview.upload is None)
    )
    assert "46 %" in texts(body(message))
