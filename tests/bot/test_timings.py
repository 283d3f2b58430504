"""Tests pass waits to the bot as `Timings`; none patches a wait inside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
IN_THE_BOT = re.compile(r"""(^|[."'])(bot|cogs)\.""")
WAIT = re.compile(
    r"(seconds|pauses?|interval|spacing|patience|timeout|silence|life|after|wait|click|timings)$", re.IGNORECASE
)


def patched_waits(source: str) -> Iterator[str]:
    """What the source sets of the bot's own that is named like a wait."""
    tree = ast.parse(source)
    bots_own = {name for node in ast.walk(tree) for name in _names_from_the_bot(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="setattr" | "_set") | ast.Attribute(attr="setattr"), args=[target, *rest]):
                name = _patched(target, rest)
                if WAIT.search(name) and (IN_THE_BOT.search(name) or name.partition(".")[0] in bots_own):
                    yield name
            case _:
                pass


def _names_from_the_bot(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=str(module)) if re.match(r"(bot|cogs)(\.|$)", module):
            yield from (each.asname or each.name for each in node.names)
        case ast.Import():
            yield from (each.asname for each in node.names if each.asname and IN_THE_BOT.match(each.name))
        case _:
            pass


def _patched(target: ast.expr, rest: list[ast.expr]) -> str:
    match target, rest:
        case ast.Constant(value=str(name)), _:
            return name
        case _, [ast.Constant(value=str(name)), *_]:
            return f"{ast.unparse(target)}.{name}"
        case _:
            return ast.unparse(target)


def test_no_test_patches_a_wait() -> None:
    """A patched name breaks without notice when it moves, and a type checker can't see it."""
    found = {str(path.relative_to(ROOT)): list(patched_waits(path.read_text("utf-8"))) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        'monkeypatch.setattr("bot.ui.replies.live_edits.EDIT_INTERVAL", 0.0)',
        'monkeypatch.setattr(sys.modules["cogs.cancel"], "WAIT_SECONDS", 0.0)',
        'monkeypatch.setattr(stage.bot.services.jobs, "_double_click", 0.0)',
        'from bot.services.queue import dispatcher as module\nmonkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)',
        'import bot.store.pubsub as pubsub\nsetattr(pubsub, "_PATIENCE", 0.0)',
    ],
)
def test_every_way_to_patch_a_wait_is_found(line: str) -> None:
    """By a path, in a module, or on an object of the running bot."""
    assert len(list(patched_waits(line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        'monkeypatch.setattr("bot.ui.base.clock.now", now)',
        'monkeypatch.setattr(bot_watch, "ONLINE_SECONDS", 0.1)',
        "monkeypatch.delattr(Bot, name)",
    ],
)
def test_other_patches_are_no_waits(line: str) -> None:
    """A clock is none, and the playground waits as it likes."""
    assert list(patched_waits(line)) == []
