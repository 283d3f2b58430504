"""Scripts played with a stand-in bot: actions, expectations, and their lines in the transcript."""

from pathlib import Path

import pytest

from playground.script.run import ExitCode
from tests.playground.discord_server.sample_bot import picture
from tests.playground.script.conftest import Play

pytestmark = pytest.mark.process


async def test_acting_and_looking(play: Play, tmp_path: Path) -> None:
    """Commands, buttons, menus, files and channels, each with its result."""
    (tmp_path / "fox.png").write_bytes(picture())
    played = await play(
        "/paint a red fox size:Large image:fox.png",
        'wait for "a red fox · 2 · fox.png"',
        "expect a picture",
        "expect button Off",
        'expect no "blue"',
        "press Again twice",
        'expect "once more" on reply 3',
        'expect no "a red fox"',
        "press Again on reply 1",
        'choose "Pick one": Blue',
        'wait for "picked b" on reply 1',
        'menu "Look"',
        'wait for "looked at picked b"',
        "as max in dm",
        "/tools hammer times:3",
        'wait for "hammered 3"',
        "say hello",
        "expect no a picture",
    )
    assert played.out[-1].startswith("passed: 18 steps in"), played.out
    assert played.ending == ExitCode.PASSED
    assert played.err == []
    assert "mia in #general: /paint a red fox size:Large image:fox.png" in played.told
    assert "max in the dm of max: says “hello”" in played.told
    assert any(line.startswith("reply 1 in the dm of max: hammered 3") for line in played.told)


async def test_private_replies(play: Play) -> None:
    """Only the member it is for sees it; once dismissed it is deleted."""
    played = await play(
        "/whisper",
        'wait for private "between us"',
        "as max",
        'expect no "between us"',
        "as mia",
        'expect private "between us" on reply 1',
        "dismiss",
        'expect no "between us" on reply 1',
    )
    assert played.ending == ExitCode.PASSED, played.out
    assert "reply 1 in #general (private): between us" in played.told
    assert "reply 1 in #general (private): is gone" in played.told


async def test_suggestions(play: Play) -> None:
    """What is offered for the option typed last; nothing is sent."""
    played = await play("type /paint size:2 prompt:a fox", 'expect offer "a fox and more"', 'expect no "a fox"')
    assert played.ending == ExitCode.PASSED, played.out
    assert "offered: a fox and more" in played.told


async def test_forms(play: Play, tmp_path: Path) -> None:
    """Fields are filled in by their labels; what is left alone stays as it came."""
    (tmp_path / "mask.png").write_bytes(picture())
    played = await play(
        "/paint x",
        "press 🔄",
        'expect form "A form"',
        'fill "Mask": mask.png',
        'fill "Kinds": One, Two',
        "submit",
        "wait for \"sent as before ['mask.png'] ['1', '2']\"",
        "press 🔄",
        'fill "Words": anew',
        "submit",
        'wait for "sent anew [] []"',
    )
    assert played.ending == ExitCode.PASSED, played.out
    assert "a form opens: A form" in played.told


async def test_a_climbing_reply_is_told_by_its_states(play: Play) -> None:
    """Start, first percentage, end: not every number."""
    played = await play("/climb", "wait for button Again")
    states = [line.partition(": ")[2] for line in played.told if line.startswith("reply 1")]
    assert [state.split(" / ")[0] for state in states] == ["is thinking …", "10 %", "there"]


async def test_a_killed_bot_lives_again(play: Play) -> None:
    """Meanwhile Discord answers in its place; afterwards its messages are still there."""
    played = await play(
        "/paint x",
        "kill bot",
        "/paint y",
        'expect refused "did not respond"',
        "start bot",
        "press Again",
        'wait for "once more"',
        "restart bot",
        "press Again on reply 1",
        'wait for "once more" on reply 3',
    )
    assert played.ending == ExitCode.PASSED, played.out
    assert [line for line in played.told if line.startswith("the bot")] == [
        "the bot is online",
        "the bot is killed",
        "the bot is online again",
        "the bot is killed",
        "the bot is online again",
    ]


async def test_troubles_reach_both_servers(play: Play) -> None:
    """Faults are set, and the transcript shows them as they are written."""
    played = await play(
        "api credits 7",
        "expect credits 7",
        "api scenario credits-used-up",
        "expect credits 0",
        "api clear",
        "expect credits 7",
        "api speed 50",
        "api hold 46 %",
        "api go on",
        'discord refuse "/callback" with 404',
        "/whisper",
        'expect refused "did not respond"',
        "discord slow 0.1 s",
        "discord clear",
        "discord drop-gateway",
        "/whisper",
        'wait for "between us"',
        "pause 0.1 s",
    )
    assert played.ending == ExitCode.PASSED, played.out
    assert "api hold 46 %" in played.told
    assert 'discord refuse "/callback" with 404' in played.told
    assert "Discord says: The application did not respond" in played.told
