"""What a member does in the chat."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.discord_server import Outcome, Refused, buttons, selects
from playground.discord_server.base.json import Json
from playground.script.errors import StepFailure
from playground.script.message_text import button_names, is_private, pictures
from playground.script.replies import Reply
from playground.script.scene import Scene
from playground.script.slash_parser import parse_slash
from playground.script.step_patterns import BUTTON, ON_REPLY, StepMatch, StepPattern


@dataclass(frozen=True)
class Command:
    """Use a slash command, as it is typed."""

    typed: str

    @classmethod
    def read(cls, words: StepMatch) -> Command:
        """As it was written; raises `StepSyntaxError` when a picture is missing."""
        for word in words["typed"].split():
            words.check_picture(word.partition(":")[2])
        return cls(words["typed"])

    async def perform(self, scene: Scene) -> None:
        """Use it."""
        full_name, options = parse_slash(scene.command(self.typed), self.typed, scene.folder)
        await scene.act(self.typed, lambda: scene.member.slash(scene.channel, full_name, **options))


@dataclass(frozen=True)
class Press:
    """Press a button on the newest message that has it."""

    button: str
    times: int
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Press it; twice means without waiting for the first answer."""
        reply = scene.touched(self.reply, lambda each: bool(self._found(each.message)), f"no button “{self.button}”")
        found = self._found(reply.message)
        if len(found) > 1:
            raise StepFailure(f"{len(found)} buttons of reply {reply.number} are called “{self.button}”")
        if not found[0].get("custom_id"):
            raise StepFailure(f"the button “{self.button}” is a link, which a script does not follow")

        async def press() -> Outcome:
            pressed = [scene.member.press(reply.message, custom_id=found[0]["custom_id"]) for _ in range(self.times)]
            outcomes = await asyncio.gather(*pressed)
            return next((outcome for outcome in outcomes if outcome.error), outcomes[-1])

        await scene.act(f"presses {self.button}{' twice' if self.times > 1 else ''} on reply {reply.number}", press)

    def _found(self, message: Json) -> list[Json]:
        return [each for each in buttons(message) if self.button in button_names(each)]


@dataclass(frozen=True)
class Choose:
    """Choose from the newest menu of that name."""

    menu: str
    choice: str
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Choose by what is shown."""
        reply = scene.touched(self.reply, lambda each: bool(self._found(each)), f"no menu “{self.menu}”")
        menu = self._found(reply)[0]
        values = {option["label"]: option["value"] for option in menu.get("options") or []}
        if self.choice not in values:
            raise StepFailure(f"the menu “{self.menu}” has no “{self.choice}”, only: {', '.join(values)}")
        chosen, message = values[self.choice], reply.message
        await scene.act(
            f"chooses {self.choice} from “{self.menu}” on reply {reply.number}",
            lambda: scene.member.choose(message, menu["custom_id"], [chosen]),
        )

    def _found(self, reply: Reply) -> list[Json]:
        return [each for each in selects(reply.message) if each.get("placeholder") == self.menu]


@dataclass(frozen=True)
class Menu:
    """Use an entry of a message's menu; by default on the newest message with a picture."""

    entry: str
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Use it."""
        reply = scene.touched(
            self.reply, self._fits, "no message with a picture" if self.reply is None else "no such message"
        )
        what = f"uses “{self.entry}” on reply {reply.number}"
        await scene.act(what, lambda: scene.member.context(reply.message, self.entry))

    def _fits(self, reply: Reply) -> bool:
        return self.reply is not None or bool(pictures(reply.message))


@dataclass(frozen=True)
class Say:
    """Write an ordinary message."""

    text: str

    async def perform(self, scene: Scene) -> None:
        """Write it."""
        scene.begin(f"says “{self.text}”")
        try:
            scene.member.send(scene.channel, self.text)
        except Refused as refused:
            scene.refuse(str(refused))


@dataclass(frozen=True)
class Dismiss:
    """Put the newest private reply away."""

    async def perform(self, scene: Scene) -> None:
        """Put it away."""
        reply = scene.touched(None, lambda each: is_private(each.message), "no private reply")
        scene.begin(f"dismisses reply {reply.number}")
        scene.member.dismiss(reply.message)


STEP_PATTERNS = (
    StepPattern(r"(?P<typed>/[\w-]+(?: .*)?)", "/imagine a red fox aspect:16:9", Command.read),
    StepPattern(
        rf"press {BUTTON}(?P<twice> twice)?{ON_REPLY}",
        "press U2 [twice] [on reply 1]",
        lambda words: Press(words.text("button"), 2 if "twice" in words else 1, words.count("reply")),
    ),
    StepPattern(
        rf'choose "(?P<menu>[^"]+)": (?P<choice>.+?){ON_REPLY}',
        'choose "Choose a picture …": 2 [on reply 1]',
        lambda words: Choose(words["menu"], words.text("choice"), words.count("reply")),
    ),
    StepPattern(
        rf'menu "(?P<entry>[^"]+)"{ON_REPLY}',
        'menu "Describe" [on reply 1]',
        lambda words: Menu(words["entry"], words.count("reply")),
    ),
    StepPattern(r"say (?P<text>.+)", "say hello", lambda words: Say(words["text"])),
    StepPattern(r"dismiss", "dismiss", lambda words: Dismiss()),
)
