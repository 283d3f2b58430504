"""The local Discord refuses at least what Discord's specification refuses: right bodies, wrong in one place each."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from playground.discord_server.base.errors import DiscordError
from playground.discord_server.validation.commands import check_command
from playground.discord_server.validation.layout import check_modal
from playground.discord_server.validation.messages import check_message
from playground.discord_server.validation.problems import Problems
from tests.playground.discord_server.message_bodies import V2, Json, button, gallery, row, select, text
from tests.playground.discord_spec import Spec, discord_spec

WRONG: list[Any] = [
    *(None, True, 0, 1, -1, 5, 26, 2**31, 2**54, 1.5, "", "x", "12", "Ab", "a b", "https://example.com", "ftp://x"),
    *("x" * most for most in (33, 46, 81, 101, 151, 257, 1025, 2049, 4001, 6001)),
    *([], {}, [1], ["x"], [0, 0], {"xx": "y"}, {"de": ""}, {"de": 5}),
]
WORDS = {"description": "d", "name_localizations": {"de": "x"}, "description_localizations": {"de": "x"}}
COMMAND: Json = {
    **WORDS,
    "name": "draw",
    "type": 1,
    "contexts": [0, 1],
    "integration_types": [0, 1],
    "options": [
        {**WORDS, "type": 3, "name": "s", "required": True, "choices": [{"name": "c", "value": "v"}]},
        {**WORDS, "type": 3, "name": "t", "autocomplete": True, "min_length": 0, "max_length": 5},
        {**WORDS, "type": 4, "name": "i", "min_value": 1, "max_value": 5},
        {**WORDS, "type": 10, "name": "f", "min_value": 1.5, "choices": [{"name": "c", "value": 2.5}]},
        {**WORDS, "type": 7, "name": "c", "channel_types": [0]},
    ],
}
GROUP: Json = {
    "name": "group",
    "description": "d",
    "options": [{**WORDS, "type": 2, "name": "g", "options": [{**WORDS, "type": 1, "name": "s", "options": []}]}],
}
PICTURE = {"url": "https://example.com/a.png"}
EMBED: Json = {
    "title": "t",
    "description": "d",
    "color": 5,
    "timestamp": "2026-01-01T00:00:00Z",
    "image": PICTURE,
    "footer": {"text": "f"},
    "author": {"name": "a"},
    "fields": [{"name": "n", "value": "v", "inline": True}],
}
MESSAGE: Json = {
    "content": "x",
    "embeds": [EMBED],
    "components": [
        row(button(emoji={"name": "🔥"}, disabled=False)),
        row(select(placeholder="p", min_values=0, max_values=1)),
        row({"type": 8, "custom_id": "c", "channel_types": [0], "default_values": [{"id": "1", "type": "channel"}]}),
    ],
    "attachments": [{"id": "0", "filename": "a.png", "description": "d", "title": "t"}],
    "allowed_mentions": {"parse": ["users"], "roles": ["1"], "replied_user": True},
    "message_reference": {"message_id": "1", "channel_id": "2", "fail_if_not_exists": False},
    "tts": False,
    "nonce": "n",
    "enforce_nonce": True,
    "sticker_ids": [],
}
SECTION = {"type": 9, "components": [text()], "accessory": {"type": 11, "media": PICTURE, "description": "d"}}
LAYOUT: Json = {
    "flags": V2,
    "components": [
        {"type": 17, "accent_color": 5, "spoiler": False, "components": [text(), SECTION, {"type": 14, "spacing": 1}]},
        gallery(PICTURE["url"]),
        {"type": 13, "file": {"url": "attachment://a.zip"}, "spoiler": False},
    ],
}
CHOICES = [{"label": "a", "value": "a", "description": "d"}, {"label": "b", "value": "b"}]
INPUTS: list[Json] = [
    {"type": 4, "custom_id": "i", "style": 1, "min_length": 0, "max_length": 5, "value": "v", "placeholder": "p"},
    {"type": 19, "custom_id": "f", "min_values": 0, "max_values": 3, "required": False},
    {"type": 21, "custom_id": "r", "options": CHOICES, "required": True},
    {"type": 22, "custom_id": "g", "options": CHOICES, "min_values": 1, "max_values": 2},
    {"type": 23, "custom_id": "h", "default": True},
]
MODAL: Json = {
    "custom_id": "m",
    "title": "T",
    "components": [{"type": 18, "label": "l", "description": "d", "component": each} for each in INPUTS],
}


def modal(body: Json) -> None:
    """Refuse a form that is wrong."""
    check_modal(body, problems := Problems())
    problems.raise_if_any()


CASES: list[tuple[str, Json, Callable[[Json], None]]] = [
    ("ApplicationCommandCreateRequest", COMMAND, check_command),
    ("ApplicationCommandCreateRequest", GROUP, check_command),
    ("MessageCreateRequest", MESSAGE, lambda body: check_message(body, 0)),
    ("MessageCreateRequest", LAYOUT, lambda body: check_message(body, V2)),
    ("ModalInteractionCallbackRequestData", MODAL, modal),
]


@pytest.mark.parametrize(("schema", "body", "check"), CASES, ids=["command", "group", "message", "layout", "modal"])
def test_what_the_specification_refuses_is_refused(schema: str, body: Json, check: Callable[[Json], None]) -> None:
    """The body is accepted by both; with one value changed, the server is never the more lenient one."""
    spec = discord_spec()
    assert spec.of_request_body(schema, body) == []
    check(body)
    assert list(too_lenient(spec, schema, body, check)) == []


def too_lenient(spec: Spec, schema: str, body: Json, check: Callable[[Json], None]) -> Iterator[str]:
    """Where the server takes what the specification does not."""
    for place, changed in changes(body):
        try:
            check(changed)
        except DiscordError:
            continue
        yield from (f"{place}: {error}" for error in spec.of_request_body(schema, changed))


def changes(body: Json) -> Iterator[tuple[str, Json]]:
    """The body with one value replaced, for every value and every replacement."""
    for path in paths(body):
        for wrong in [*WRONG, *repeated(at(body, path))]:
            changed = copy.deepcopy(body)
            at(changed, path[:-1])[path[-1]] = copy.deepcopy(wrong)
            yield "/".join(str(step) for step in path), changed


def repeated(value: Any) -> list[Any]:
    """A list with every item twice, and with far too many."""
    return [value * 2, value * 41] if isinstance(value, list) else []


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a path."""
    for step in path:
        value = value[step]
    return value


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document but its root."""
    steps = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield (*path, step)
        yield from paths(value[step], (*path, step))
