"""The operator's panels: Discord's limits and escaped text."""

from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.imaginepro import Account, HistoryItem, Job, JobStatus, LinkedAccount, MessageTrace
from bot.services.admin.operator import CommandResult
from bot.ui.panels import operator as panels

HOSTILE = "**[x](https://evil.example)** <@1> @everyone `code` ```\n# title " * 20


def read(view: ui.LayoutView) -> str:
    """The text of a panel."""
    [container] = view.to_components()
    [text] = container["components"]
    return text["content"]


def account(**fields: Any) -> LinkedAccount:
    """A linked account."""
    return LinkedAccount.model_validate({"id": "1"} | fields)


def hostile() -> list[ui.LayoutView]:
    """Every panel with hostile text in each field."""
    facts = {f"{HOSTILE} {number}": HOSTILE for number in range(40)}
    linked = account(id=HOSTILE, status=HOSTILE, server_id=HOSTILE, info=facts)
    job = Job(message_id=HOSTILE, status=JobStatus.DONE, texts=(HOSTILE,) * 40)
    failed = Job(message_id="1", status=JobStatus.FAILED, error=HOSTILE)
    item = HistoryItem(message_id=HOSTILE, prompt=HOSTILE, button=HOSTILE, image_url=f"https://a.example/{'x' * 900}")
    return [
        panels.accounts_panel([linked] * 60),
        panels.account_panel(linked),
        panels.trace_panel(MessageTrace(message_id=HOSTILE, status=HOSTILE, info=facts)),
        panels.command_panel("info", HOSTILE, CommandResult(job, HOSTILE)),
        panels.command_panel("info", "1", CommandResult(failed)),
        panels.history_panel(1, [item] * 10),
        panels.plan_panel(Account(plan=HOSTILE)),
        panels.answer_panel(HOSTILE, {HOSTILE: [HOSTILE] * 50}),
    ]


@pytest.mark.parametrize("panel", hostile())
def test_hostile_panels_fit_and_are_escaped(panel: ui.LayoutView) -> None:
    """Panels with hostile text have at most 4000 characters and no mention or link."""
    text = read(panel)
    assert len(text) <= 4000
    outside = text.partition("```json")[0]
    assert "[x](" not in outside
    assert "<@1>" not in outside
    assert "@everyone" not in outside


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_a_raw_answer_stays_in_its_block(answer: Any) -> None:
    """Any raw answer stays inside its code block."""
    text = read(panels.answer_panel("Queue", answer))
    assert len(text) <= 4000
    assert text.count("```") == (0 if answer is None else 2)
    assert answer is None or text.endswith("\n```")


def test_missing_values_are_unknown() -> None:
    """Missing values are shown as unknown."""
    assert "unknown of unknown" in read(panels.plan_panel(Account()))
    assert "status unknown · – jobs at once" in read(panels.account_panel(account()))
    assert "None is linked." in read(panels.accounts_panel([]))
    assert "nothing more" in read(panels.answer_panel("Queue: pause", None))
    assert "named no job" in read(panels.command_panel("fast", "1", CommandResult(None, "It named no job.")))
    done = Job(message_id="1", status=JobStatus.DONE)
    assert "Done, without a word." in read(panels.command_panel("fast", "1", CommandResult(done)))


def test_a_suggestion_is_short() -> None:
    """A suggestion has at most 100 characters."""
    assert panels.account_choice(account(isActive=True, status="FAST")) == "1 · active · FAST"
    assert len(panels.account_choice(account(status="x" * 300))) == 100
