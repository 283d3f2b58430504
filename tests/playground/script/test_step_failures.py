"""Steps that do not go as written: the line, and what there was instead."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.script.parse import read_script
from playground.script.player import Player, ScriptFailed
from playground.script.scene import Scene
from playground.script.transcript import Redactor, Transcript
from playground.stack import Stack
from tests.playground.script.conftest import STAND_IN, Play

pytestmark = pytest.mark.process

FAILURES = [
    ("press Nothing", "there is no button “Nothing”; reply 1 in #general: x · 0"),
    ("press Again on reply 9", "there is no button “Again”; there is no reply 9 here"),
    ("press Same", "2 buttons of reply 1 are called “Same”"),
    ("press Site", "the button “Site” is a link"),
    ("press Off", "Discord says: This is disabled."),
    ('choose "Pick one": Green', "the menu “Pick one” has no “Green”, only: Red, Blue"),
    ('choose "Nothing": Red', "there is no menu “Nothing”"),
    ('menu "Nothing"', "Discord says: There is no command “Nothing” here."),
    ('menu "Look" on reply 9', "there is no such message; there is no reply 9 here"),
    ("dismiss", "there is no private reply"),
    ("submit", "no form is open"),
    ('fill "Words": y', "no form is open"),
    ('expect form "A form"', "no form is open"),
    ('expect "blue"', "“blue” is not there; reply 1 in #general: x · 0 · no picture / [picture: fox.png]"),
    ("expect no a picture", "a picture is there"),
    ("expect credits 3", "the account holds 1600 credits, not 3"),
    ('expect refused "no"', "nothing was refused"),
    ('wait for private "x" within 0.1 s', "private “x” did not come within 0.1 s; reply 1 in #general: x"),
    ("wait for button Nothing within 0.1 s", "the button “Nothing” did not come within 0.1 s"),
    ("type /paint", "nothing is typed yet"),
    ("type /paint x size:2", "Discord says: The option “size” offers nothing."),
    ("type /nothing x", "nothing is typed yet"),
    ('expect offer "x"', "“x” is not offered, only: nothing"),
    ("/paint", "Discord says: The option “prompt” is required."),
    ("/nothing", "Discord says: There is no command “nothing” here."),
    ("/silent", "Discord says: The application did not respond"),
    ("start bot", "the bot runs already"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The stand-in bot between both servers, for all of these."""
    folder = tmp_path_factory.mktemp("bot")
    async with Stack(port=0, speed=20, data=folder, say=lambda _: None, command=STAND_IN, page=None) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("line", "sentence"), FAILURES, ids=[line for line, _ in FAILURES])
async def test_a_failure_says_what_there_was_instead(stack: Stack, line: str, sentence: str) -> None:
    """With the line that failed; the steps after it are not played."""
    told: list[str] = []
    script = read_script("fox.txt", f"/paint x\n{line}\nsay never", Path("/nowhere"))
    with pytest.raises(ScriptFailed) as stuck:
        await Player(script, Scene(stack, Transcript(told.append, Redactor()), script.folder)).play()
    assert str(stuck.value).startswith(f"fox.txt:2: {line}\n  {sentence}")
    assert "never" not in "".join(told)


async def test_failures_of_forms_and_lives(play: Play) -> None:
    """Forms that are filled in wrongly, a bot that is killed twice, other words than expected."""
    form = ("/paint x", "press 🔄")
    endings = [
        await play(*form, 'fill "Nothing": x'),
        await play(*form, 'fill "Kinds": Three'),
        await play(*form, 'expect form "Another"'),
        await play("kill bot", "kill bot"),
        await play("/silent", 'expect refused "permission"'),
    ]
    assert [played.out[-1].partition("\n  ")[2] for played in endings] == [
        "the form has no field “Nothing”, only: Words, Mask, Kinds",
        "there is no choice “Three”, only: One, Two",
        "the form that is open is called “A form”",
        "the bot does not run",
        "“permission” is not what Discord said, but: The application did not respond",
    ]
