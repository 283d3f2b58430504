"""Scripts that are read: every way to write a step, and every mistake."""

from pathlib import Path
from typing import Any

import pytest

from playground.process.bot_process import ROOT
from playground.script.conditions import Condition
from playground.script.parse import InvalidScript, load_script, read_script, read_step
from playground.script.steps import STEP_PATTERNS
from playground.script.steps.actions import Choose, Command, Dismiss, Menu, Press, Say
from playground.script.steps.autocomplete import ExpectOffer, Type
from playground.script.steps.expectations import Expect, ExpectCredits, ExpectRefused, WaitFor
from playground.script.steps.faults import ApiFault, ApiSetting, DiscordFault
from playground.script.steps.forms import ExpectForm, Fill, Submit
from playground.script.steps.members import Be
from playground.script.steps.process import Kill, Pause, Restart, Start

FOLDER = Path("/nowhere")

STEPS: list[tuple[str, Any]] = [
    ("as mia", Be("mia", "")),
    ("as mia in #after-dark", Be("mia", "after-dark")),
    ("as olivia in general", Be("olivia", "general")),
    ("in dm", Be("", "dm")),
    ("/credits", Command("/credits")),
    ("/imagine a red fox --ar 16:9", Command("/imagine a red fox --ar 16:9")),
    ("/describe image_url:https://example.com/a.png", Command("/describe image_url:https://example.com/a.png")),
    ("press U2", Press("U2", 1, None)),
    ("press Vary (Strong) twice on reply 3", Press("Vary (Strong)", 2, 3)),
    ('press "twice"', Press("twice", 1, None)),
    ('choose "Singles": 2', Choose("Singles", "2", None)),
    ('choose "Pick one …": A long name on reply 2', Choose("Pick one …", "A long name", 2)),
    ('menu "Describe"', Menu("Describe", None)),
    ('menu "Job details" on reply 1', Menu("Job details", 1)),
    ("say hello there", Say("hello there")),
    ("dismiss", Dismiss()),
    ('fill "Prompt": a blue fox', Fill("Prompt", "a blue fox")),
    ("submit", Submit()),
    ("type /imagine fox aspect:16", Type("/imagine fox aspect:16")),
    ('expect offer "16:9"', ExpectOffer("16:9")),
    ('expect form "Zoom"', ExpectForm("Zoom")),
    ('wait for "46 %"', WaitFor(Condition(text="46 %"), 60, None)),
    ('wait for private "credits" on reply 2 within 5 s', WaitFor(Condition(text="credits", private=True), 5, 2)),
    ("wait for button Vary (Strong) within 2.5 s", WaitFor(Condition(button="Vary (Strong)"), 2.5, None)),
    ('wait for button "U1"', WaitFor(Condition(button="U1"), 60, None)),
    ("wait for a picture", WaitFor(Condition(picture=True), 60, None)),
    ('expect "done"', Expect(Condition(text="done"), True, None)),
    ('expect no "done" on reply 4', Expect(Condition(text="done"), False, 4)),
    ("expect no button Cancel", Expect(Condition(button="Cancel"), False, None)),
    ("expect a picture", Expect(Condition(picture=True), True, None)),
    ('expect refused "permission"', ExpectRefused("permission")),
    ("expect credits 1590", ExpectCredits(1590)),
    ("api scenario queue-full", ApiFault("api scenario queue-full", "queue-full", 1)),
    ("api scenario queue-full once", ApiFault("api scenario queue-full once", "queue-full", 1)),
    ("api scenario down 2 times", ApiFault("api scenario down 2 times", "down", 2)),
    ("api scenario down until cleared", ApiFault("api scenario down until cleared", "down", None)),
    ("api speed 2.5", ApiSetting("api speed 2.5", "speed", 2.5)),
    ("api credits 0", ApiSetting("api credits 0", "credits", 0)),
    ("api hold 46 %", ApiSetting("api hold 46 %", "hold", 46)),
    ("api go on", ApiSetting("api go on", "go on")),
    ("api clear", ApiSetting("api clear", "clear")),
    ("discord slow 2 s", DiscordFault("discord slow 2 s", "slow", {"seconds": 2, "route": ""})),
    ("discord rate-limit", DiscordFault("discord rate-limit", "rate-limit", {"route": ""})),
    (
        'discord rate-limit "/callback" 3 times for 1.5 s',
        DiscordFault(
            'discord rate-limit "/callback" 3 times for 1.5 s',
            "rate-limit",
            {"route": "/callback", "times": 3, "seconds": 1.5},
        ),
    ),
    (
        'discord refuse "/callback" with 503 2 times',
        DiscordFault(
            'discord refuse "/callback" with 503 2 times',
            "refuse",
            {"route": "/callback", "status": 503, "times": 2},
        ),
    ),
    ("discord drop-gateway", DiscordFault("discord drop-gateway", "drop-gateway", {"route": ""})),
    ("discord reconnect", DiscordFault("discord reconnect", "reconnect", {"route": ""})),
    ("discord expire-tokens", DiscordFault("discord expire-tokens", "expire-tokens", {"route": ""})),
    ("discord clear", DiscordFault("discord clear", "clear", {"route": ""})),
    ("kill bot", Kill()),
    ("start bot", Start()),
    ("restart bot", Restart()),
    ("pause 3 s", Pause(3)),
]


@pytest.mark.parametrize(("line", "step"), STEPS, ids=[line for line, _ in STEPS])
def test_a_line_is_a_step(line: str, step: Any) -> None:
    """What is written is what is meant."""
    assert read_step(line, FOLDER) == step


def test_the_documented_example_can_be_read() -> None:
    """The one on the playground's page."""
    page = (ROOT / "docs" / "playground.md").read_text(encoding="utf-8")
    example = page.partition("## Written scenarios")[2].split("```")[1].removeprefix("text\n")
    assert len(read_script("playground.md", example, FOLDER).lines) == 9


def test_every_phrase_is_among_these() -> None:
    """No way to write a step is left out above."""
    unread = [phrase.example for phrase in STEP_PATTERNS if not any(phrase.read(line, FOLDER) for line, _ in STEPS)]
    assert unread == []


MISTAKES = [
    ("dance", "“dance” begins no step; expected one of: /, api, as, choose"),
    ("Press U2", "“Press” begins no step (“press”?)"),
    ("press", "“press” was not understood; expected: press U2"),
    ("wait for U2", "expected: wait for"),
    ("wait for button U2 within a minute", "expected: wait for"),
    ("press U2 on reply one", "expected: press U2"),
    ("expect credits many", "expect credits 1590"),
    ("as bob", "there is no member “bob”; expected one of: olivia, adam, mia, max"),
    ("as mia in #nowhere", "there is no place “nowhere”; expected one of: #general, #art, #after-dark, dm"),
    ("in #nowhere", "there is no place “nowhere”"),
    ("/describe image:fox.png", "there is no file fox.png in the script's folder"),
    ('fill "Mask": mask.png', "there is no file mask.png in the script's folder"),
    ("api scenario queue-ful", "the API has no scenario “queue-ful”; expected one like: queue-full"),
    ("api scenario xyzzy", "expected one like: answers-201"),
    ("api speed 0", "a speed is a number from 0.1 to 1000"),
    ("api hold 146 %", "expected: api scenario"),
    ("discord drop", "discord drop-gateway / reconnect"),
    ("pause a while", "expected: pause 3 s"),
    ("/", "expected: /imagine a red fox"),
]


@pytest.mark.parametrize(("line", "sentence"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_says_where_it_is_and_what_was_expected(line: str, sentence: str) -> None:
    """With the file's name and the line's number."""
    with pytest.raises(InvalidScript) as told:
        read_script("fox.txt", f"# a story\n\n{line}\n", FOLDER)
    assert str(told.value).startswith("fox.txt:3: ")
    assert sentence in str(told.value)


def test_all_mistakes_are_told_at_once() -> None:
    """Each in a line of its own; what is right beside them is not mentioned."""
    with pytest.raises(InvalidScript) as told:
        read_script("fox.txt", "dance\npress U2\nas bob", FOLDER)
    assert [line.split(" ")[0] for line in str(told.value).splitlines()] == ["fox.txt:1:", "fox.txt:3:"]


def test_comments_and_blank_lines_are_no_steps() -> None:
    """A comment is a line of its own; indentation means nothing."""
    script = read_script("fox.txt", "\ufeff# a story\r\n\r\n   press U2\n  # the end", FOLDER)
    assert [(line.number, line.text) for line in script.lines] == [(3, "press U2")]


def test_a_script_without_a_step_is_a_mistake() -> None:
    """An empty file proves nothing."""
    with pytest.raises(InvalidScript, match=r"fox\.txt: there is no step in it"):
        read_script("fox.txt", "# nothing yet\n", FOLDER)


def test_pictures_beside_the_script_are_found(tmp_path: Path) -> None:
    """Files are named as seen from the script."""
    (tmp_path / "fox.png").touch()
    (tmp_path / "fox.txt").write_text("/describe image:fox.png", encoding="utf-8")
    assert load_script(str(tmp_path / "fox.txt")).folder == tmp_path


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "can't be read: No such file"), (b"\xff\xfe\x00", "is not a text file in UTF-8")]
)
def test_files_that_can_not_be_read(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """A missing file and one that is no text are reported in one line."""
    path = tmp_path / "fox.txt"
    path.write_bytes(content) if content else None
    with pytest.raises(InvalidScript, match=sentence):
        load_script(str(path))
