"""Slash commands as they are typed."""

from pathlib import Path
from typing import Any

import pytest

from playground.discord_server import Upload
from playground.discord_server.base.json import Json
from playground.script.errors import StepFailure
from playground.script.slash_parser import parse_slash

PAINT: Json = {
    "name": "paint",
    "options": [
        {"name": "image", "type": 11},
        {"name": "prompt", "type": 3},
        {"name": "no", "type": 3},
        {"name": "size", "type": 4, "choices": [{"name": "Very large", "value": 3}]},
    ],
}
TOOLS: Json = {
    "name": "tools",
    "options": [{"name": "saws", "type": 2, "options": [{"name": "big", "type": 1, "options": PAINT["options"]}]}],
}


@pytest.mark.parametrize(
    ("typed", "options"),
    [
        ("/paint", {}),
        ("/paint a red fox", {"prompt": "a red fox"}),
        ("/paint a fox at 10:30 --ar 16:9", {"prompt": "a fox at 10:30 --ar 16:9"}),
        ("/paint a red fox no:blue  size:Very large", {"prompt": "a red fox", "no": "blue", "size": 3}),
        ("/paint size:2 prompt:  a casino:royal", {"size": "2", "prompt": "a casino:royal"}),
    ],
)
def test_options_are_told_apart_by_their_names(typed: str, options: dict[str, Any]) -> None:
    """Free text is for the first text option; a colon alone makes no option; choices go by what is shown."""
    assert parse_slash(PAINT, typed, Path()) == ("paint", options)


def test_subcommands_belong_to_the_name() -> None:
    """Groups and subcommands are words before the options."""
    assert parse_slash(TOOLS, "/tools saws big red", Path()) == ("tools saws big", {"prompt": "red"})


def test_a_file_is_read_from_the_folder(tmp_path: Path) -> None:
    """Attachments are files beside the script."""
    (tmp_path / "fox.png").write_bytes(b"picture")
    assert parse_slash(PAINT, "/paint image:fox.png", tmp_path)[1] == {"image": Upload("fox.png", b"picture")}


def test_an_unknown_command_is_left_to_discord() -> None:
    """Whether it exists for the member is not the script's business."""
    assert parse_slash(None, "/nothing here", Path()) == ("nothing", {})


@pytest.mark.parametrize(
    ("command", "typed", "sentence"),
    [
        (TOOLS, "/tools", "/tools needs one of: saws"),
        (TOOLS, "/tools saws small", "/tools saws needs one of: big"),
        (PAINT, "/paint image:notes", "the file notes can't be read: No such file"),
        ({"name": "credits"}, "/credits please", "/credits takes no “please”; its options are: none"),
    ],
)
def test_what_nobody_could_type(command: Json, typed: str, sentence: str, tmp_path: Path) -> None:
    """The failure says what there is."""
    with pytest.raises(StepFailure, match=sentence):
        parse_slash(command, typed, tmp_path)
