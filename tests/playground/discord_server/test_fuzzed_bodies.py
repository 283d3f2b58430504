"""Any body that a bot or page sends gets a message, a command or one of Discord's errors: never a crash."""

import contextlib
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.discord_server.base.clock import Clock, Snowflakes
from playground.discord_server.base.errors import DiscordError, Refused
from playground.discord_server.interactions.forms import answers_in, submitted
from playground.discord_server.interactions.options import filled_in, typed_so_far
from playground.discord_server.interactions.resolved import Resolved
from playground.discord_server.messages.compose import Composer, MessageContext
from playground.discord_server.state.files import Files, Upload
from playground.discord_server.state.registered_commands import Commands
from playground.discord_server.state.signed_urls import UrlSigner
from playground.discord_server.state.world import World
from playground.discord_server.validation.commands import COMMAND, OPTION, check_commands
from playground.discord_server.validation.components import COMPONENTS
from playground.discord_server.validation.layout import check_modal
from playground.discord_server.validation.messages import MESSAGE
from playground.discord_server.validation.problems import Problems

SCALARS = st.none() | st.booleans() | st.integers(-2, 2**31) | st.floats(allow_nan=False) | st.text(max_size=5)
NAMES = st.sampled_from(
    [*MESSAGE.rules, *OPTION.rules, *COMMAND.rules, *(n for each in COMPONENTS.values() for n in each.rules)]
)
KINDS = st.integers(0, 24)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects and lists that look like parts of a body."""
    fields = st.dictionaries(NAMES, inner, max_size=6)
    typed = st.builds(lambda kind, rest: {"type": kind, **rest}, KINDS, fields)
    return fields | typed | st.lists(inner, max_size=4)


ANYTHING = st.recursive(SCALARS, objects, max_leaves=25)
BODIES = st.dictionaries(NAMES, ANYTHING, max_size=6) | st.builds(
    lambda items, flags: {"components": items, "flags": flags},
    st.lists(objects(ANYTHING), max_size=3),
    st.sampled_from([0, 1 << 15]),
)


def new_world() -> tuple[World, Files]:
    """A world of its own."""
    snowflakes = Snowflakes(clock := Clock())
    return World(clock, snowflakes), Files(snowflakes, UrlSigner(clock), "http://127.0.0.1")


def resolved_by_mia(world: World, files: Files) -> Resolved:
    """What Mia may refer to in #general."""
    return Resolved(world, files, world.user_id("mia"), world.channel("general"))


def ignored(name: str, value: Any) -> dict[str, Any]:
    """A message with a separator that has a field which separators do not have."""
    return {"components": [{"type": 14, name: value}], "flags": 1 << 15}


@settings(max_examples=150, deadline=None)
@given(body=BODIES, edit=BODIES)
@example(body={}, edit=ignored("custom_id", {"type": 0}))
@example(body={}, edit=ignored("components", {"type": 0}))
@example(body={}, edit=ignored("components", [{"type": 10}, 3]))
def test_any_message_body(body: dict[str, Any], edit: dict[str, Any]) -> None:
    """A message is made and edited, or refused."""
    world, files = new_world()
    general = world.channel("general")
    composer = Composer(world, files)
    uploads = {"0": Upload("a.png", b"x")}
    frame = MessageContext(general, world.bot)
    first = composer.create(frame, {"content": "x"}, {})
    for attempt in (
        lambda: composer.create(frame, body, uploads),
        lambda: composer.edit(general, first, edit, uploads),
    ):
        with contextlib.suppress(DiscordError):
            attempt()
    assert all(stored.message["id"] for stored in general.messages.values())


@settings(max_examples=150, deadline=None)
@given(bodies=ANYTHING | st.lists(BODIES, max_size=3))
def test_any_command_list(bodies: Any) -> None:
    """Commands are registered, or refused."""
    with contextlib.suppress(DiscordError):
        check_commands(bodies)
        assert len(Commands(new_world()[1].snowflakes, Clock()).replace_all(None, bodies)) == len(bodies)


@settings(max_examples=150, deadline=None)
@given(modal=ANYTHING | BODIES, answers=ANYTHING)
def test_any_modal_and_submission(modal: Any, answers: Any) -> None:
    """A form is shown and filled in, or refused."""
    check_modal(modal, problems := Problems())
    if not problems:
        world, files = new_world()
        with contextlib.suppress(Refused):
            sent = submitted(modal, dict(answers_in(answers)), resolved_by_mia(world, files))
            assert len(sent) == len(modal["components"])


@settings(max_examples=150, deadline=None)
@given(given_options=st.lists(st.dictionaries(NAMES, SCALARS, max_size=4), max_size=3), kind=st.integers(1, 11))
def test_any_options(given_options: list[Any], kind: int) -> None:
    """Options are filled in, or refused for the member."""
    world, files = new_world()
    definitions = [{"type": kind, "name": "a", "description": "x", "required": True, "autocomplete": True}]
    resolved = resolved_by_mia(world, files)
    for attempt in (
        lambda: filled_in(definitions, given_options, resolved),
        lambda: typed_so_far(definitions, given_options),
    ):
        with contextlib.suppress(Refused):
            assert isinstance(attempt(), list)
