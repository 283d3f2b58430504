"""What a transcript shows of messages, and what it does not."""

from collections.abc import Iterator
from itertools import count

import pytest

from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import EPHEMERAL, LOADING, Channel, StoredMessage
from playground.script.message_text import parts, reading
from playground.script.replies import Reply
from playground.script.transcript import HIDDEN, Redactor, Transcript

BOT = {"id": "1", "username": "ImaginePro"}
MIA = {"id": "103", "username": "mia"}


def message(content: str = "", flags: int = 0, **more: object) -> Json:
    """A message of the bot that answers Mia."""
    shared = {"author": BOT, "interaction_metadata": {"user": MIA}, "mentions": [], "attachments": [], "id": "5"}
    return {"content": content, "flags": flags, "components": [], **shared, **more}


class Told:
    """A transcript, and a reply whose states it hears of."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.transcript = Transcript(lambda line: self.lines.append(line.partition(" s  ")[2]), Redactor(["hush"]))
        self._stored = StoredMessage({})
        self._moments: Iterator[int] = count(1)

    def state(self, state: Json, *, gone: bool = False) -> None:
        """Let the reply be like this."""
        self._stored.message = state
        self.transcript.add_reply(Reply(2, Channel("7", "general"), self._stored, 1, next(self._moments), gone))


@pytest.fixture
def told() -> Told:
    """A transcript without lines."""
    return Told()


def test_numbers_alone_are_no_news(told: Told) -> None:
    """A reply with progress is written at its start and at its end."""
    for content in (
        "**a fox**\n▰▱▱ **3 %**",
        "**a fox**\n▰▰▱ **45.5 %**",
        "**a fox**\n▰▰▰ **97 %**",
        "**a fox**\ndone",
    ):
        told.state(message(content))
    assert told.lines == ["  reply 2 in #general: a fox / 3 %", "  reply 2 in #general: … done"]


def test_a_state_that_comes_back_is_told_again_after_an_event(told: Told) -> None:
    """States that alternate are written once; after an action they are written again."""
    for content in ("waits", "sends", "waits", "sends"):
        told.state(message(content))
    told.transcript.add("mia presses")
    told.state(message("sends"))
    told.state(message("waits"))
    assert [line.strip().removeprefix("reply 2 in #general: ") for line in told.lines] == [
        "waits",
        "sends",
        "mia presses",
        "waits",
    ]


def test_private_thinking_and_gone_replies(told: Told) -> None:
    """Each is written with its kind."""
    told.state(message(flags=EPHEMERAL | LOADING))
    told.state(message("a secret", EPHEMERAL))
    told.state(message("a secret", EPHEMERAL), gone=True)
    assert [line.strip() for line in told.lines] == [
        "reply 2 in #general (private): is thinking …",
        "reply 2 in #general (private): a secret",
        "reply 2 in #general (private): is gone",
    ]


def test_everything_on_a_message_is_told() -> None:
    """Texts, embeds, pictures with their words, menus, and buttons by label or emoji."""
    row = {
        "type": 1,
        "components": [
            {"type": 2, "label": "U1", "custom_id": "a"},
            {"type": 2, "emoji": {"name": "🔄"}, "custom_id": "b", "disabled": True},
            {"type": 3, "placeholder": "Pick", "custom_id": "c", "options": []},
        ],
    }
    gallery = {"type": 12, "items": [{"media": {"url": "u"}, "description": "a red fox"}, {"media": {"url": "u"}}]}
    full = message(
        "words",
        embeds=[{"title": "Title"}],
        components=[{"type": 10, "content": "display"}, gallery, row],
        attachments=[{"filename": "fox.png"}],
    )
    assert parts(full) == [
        "words",
        "Title",
        "display",
        "[picture: a red fox]",
        "[picture: no text]",
        "[picture: fox.png]",
        "[menu: Pick]",
        "[buttons: U1 · 🔄 (disabled)]",
    ]
    assert parts(message()) == ["(empty)"]
    assert parts(message("x" * 1000)) == ["x" * 300 + "…"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("**a fox** \\--ar 16:9\n-# small", "a fox --ar 16:9\nsmall"),
        ("[the original](<http://127.0.0.1:1/cdn/a.png>) and [this](https://discord.com/x)", "the original and this"),
        ("see <http://127.0.0.1:1/mask/key> or https://example.com/a?b=c", "see (link) or (link)"),
        ("<@103>, <@!1> and <@9> at <t:1795548757:R>", "@mia, @ImaginePro and @somebody at (time)"),
    ],
)
def test_markup_is_read_as_it_looks(written: str, read: str) -> None:
    """Addresses, ids and times are words: they differ each time, and some are secrets."""
    assert reading(message(written)) == read


def test_secrets_are_hidden(told: Told) -> None:
    """Anywhere in a line; tokens in paths too, although they are not known beforehand."""
    told.transcript.add("the word is hush")
    told.state(message("hush, POST /webhooks/12/aToken_1-x/messages"))
    assert told.lines == [
        f"the word is {HIDDEN}",
        f"  reply 2 in #general: {HIDDEN}, POST /webhooks/12/{HIDDEN}/messages",
    ]
