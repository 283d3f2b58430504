"""Job details: within Discord's limits whatever is in a job, its values whole."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.services.jobs.history import Relatives
from bot.store import JobKind, JobState
from bot.ui.job.details import details_view
from playground.discord_server import texts
from tests.bot.ui.records import ADDRESSES, CHANNEL, LABELS, NOW, TEXTS, job

NOBODY = Relatives(None, ())


def shown(*args: object) -> str:
    """What a reader reads, and that Discord would take it."""
    view = details_view(*args)  # type: ignore[arg-type]
    written = texts({"components": view.to_components()})
    assert view.content_length() <= 4000
    assert len(list(view.walk_children())) <= 40
    return written


@given(TEXTS, TEXTS, st.lists(ADDRESSES, min_size=2, max_size=5), LABELS, st.none() | TEXTS)
def test_everything_fits(
    words: str, flags: str, inputs: list[str], labels: tuple[str, ...], button: str | None
) -> None:
    """However long the words, however many relatives and pictures."""
    record = job(words=words, prompt=f"{words} {flags}", seed=7, button=button, finished_at=NOW, state=JobState.DONE)
    children = tuple(job(kind=JobKind.FOLLOW_UP, button=label, id=f"child-{n}") for n, label in enumerate(labels))
    shown(record, Relatives(children[0] if children else None, children))
    shown(replace(record, kind=JobKind.BLEND, details={"urls": inputs}), NOBODY)


def test_a_prompt_of_2048_signs_is_whole() -> None:
    """With everything else around it."""
    prompt = "x" * 2040 + " --ar 1:"
    children = tuple(job(kind=JobKind.FOLLOW_UP, button="V1", id=f"child-{n}") for n in range(30))
    text = shown(job(words=prompt, prompt=prompt, seed=2**32), Relatives(job(), children))
    assert f"\n```\n{prompt}\n```" in text
    assert "and 24 more" in text


@given(st.text("`a ", min_size=1, max_size=80))
def test_a_prompt_cannot_leave_its_block(words: str) -> None:
    """Backticks stay what they are: signs in a block."""
    text = shown(job(words=words, prompt=words), NOBODY)
    blocks = re.findall(r"^\w.*\n```\n(.*)\n```$", text, re.MULTILINE)
    assert blocks[0].replace("\u200b", "") == words
    assert all("```" not in block for block in blocks)


def test_what_does_not_fit_is_said() -> None:
    """Long addresses give way to the prompt."""
    inputs = [f"https://cdn.imaginepro.ai/{'x' * 440}.png" for _ in range(5)]
    record = job(kind=JobKind.EDIT, words="y" * 2048, prompt="y" * 2048, details={"images": inputs})
    text = shown(record, NOBODY)
    assert "There is more, but no room for it." in text
    assert "picture 1" not in text
    few = shown(replace(record, words="y", prompt="y", details={"images": inputs[:2]}), NOBODY)
    assert "Made from [picture 1](<https://cdn" in few


def test_a_job_without_a_reply_has_no_link() -> None:
    """Nor have relatives that are nowhere."""
    nowhere = replace(job().reply, message_id=None)
    text = shown(job(reply=nowhere), Relatives(job(reply=nowhere), ()))
    assert str(CHANNEL) not in text
    assert "Made from Imagine" in text
