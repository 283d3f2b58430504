"""The job details panel: Discord's limits and complete values."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.services.jobs.history import Relatives
from bot.store import JobKind, JobState
from bot.ui.job.details import details_view
from playground.discord_server import texts
from tests.bot.ui.records import ADDRESSES, CHANNEL, LABELS, NOW, TEXTS, job

NO_RELATIVES = Relatives(None, ())


def panel_text(*args: object) -> str:
    """The panel's text, after checking Discord's limits."""
    view = details_view(*args)  # type: ignore[arg-type]
    written = texts({"components": view.to_components()})
    assert view.content_length() <= 4000
    assert len(list(view.walk_children())) <= 40
    return written


@given(TEXTS, TEXTS, st.lists(ADDRESSES, min_size=2, max_size=5), LABELS, st.none() | TEXTS)
def test_everything_fits(
    words: str, flags: str, inputs: list[str], labels: tuple[str, ...], button: str | None
) -> None:
    """Details fit Discord's limits for any prompt, follow-ups and pictures."""
    record = job(words=words, prompt=f"{words} {flags}", seed=7, button=button, finished_at=NOW, state=JobState.DONE)
    children = tuple(job(kind=JobKind.FOLLOW_UP, button=label, id=f"child-{n}") for n, label in enumerate(labels))
    panel_text(record, Relatives(children[0] if children else None, children))
    panel_text(replace(record, kind=JobKind.BLEND, details={"urls": inputs}), NO_RELATIVES)


def test_a_prompt_of_2048_characters() -> None:
    """A prompt of maximum length is shown in full, and follow-ups are cut."""
    prompt = "x" * 2040 + " --ar 1:"
    children = tuple(job(kind=JobKind.FOLLOW_UP, button="V1", id=f"child-{n}") for n in range(30))
    text = panel_text(job(words=prompt, prompt=prompt, seed=2**32), Relatives(job(), children))
    assert f"\n```\n{prompt}\n```" in text
    assert "and 24 more" in text


@given(st.text("`a ", min_size=1, max_size=80))
def test_backticks_in_a_prompt(words: str) -> None:
    """Backticks in a prompt do not end the code block."""
    text = panel_text(job(words=words, prompt=words), NO_RELATIVES)
    blocks = re.findall(r"^\w.*\n```\n(.*)\n```$", text, re.MULTILINE)
    assert blocks[0].replace("\u200b", "") == words
    assert all("```" not in block for block in blocks)


def test_what_does_not_fit_is_noted() -> None:
    """Addresses that do not fit are left out with a note."""
    inputs = [f"https://cdn.imaginepro.ai/{'x' * 440}.png" for _ in range(5)]
    record = job(kind=JobKind.EDIT, words="y" * 2048, prompt="y" * 2048, details={"images": inputs})
    text = panel_text(record, NO_RELATIVES)
    assert "There is more, but no room for it." in text
    assert "picture 1" not in text
    few = panel_text(replace(record, words="y", prompt="y", details={"images": inputs[:2]}), NO_RELATIVES)
    assert "Made from [picture 1](<https://cdn" in few


def test_a_job_without_a_reply_has_no_link() -> None:
    """Jobs and parents without a reply have no link."""
    no_message = replace(job().reply, message_id=None)
    text = panel_text(job(reply=no_message), Relatives(job(reply=no_message), ()))
    assert str(CHANNEL) not in text
    assert "Made from Imagine" in text
