"""What is offered while a command is typed."""

from __future__ import annotations

from dataclasses import dataclass

from playground.discord_server import Refused
from playground.script.errors import StepFailure
from playground.script.scene import Scene
from playground.script.slash_parser import parse_slash
from playground.script.step_patterns import StepPattern


@dataclass(frozen=True)
class Type:
    """Type a command without sending it; what is offered is for the option typed last."""

    typed: str

    async def perform(self, scene: Scene) -> None:
        """Note what is offered."""
        name, options = parse_slash(scene.command(self.typed), self.typed, scene.folder)
        if not options:
            raise StepFailure("nothing is typed yet: an option is needed, as in: type /imagine fox aspect:16")
        scene.begin(f"types {self.typed}")
        *others, (option, text) = options.items()
        try:
            offered = await scene.member.autocomplete(scene.channel, name, option, text, **dict(others))
        except Refused as refused:
            scene.refuse(str(refused))
            return
        scene.offered = [each["name"] for each in offered]
        scene.transcript.add(f"  offered: {' · '.join(scene.offered) or 'nothing'}")


@dataclass(frozen=True)
class ExpectOffer:
    """A choice with these words is offered."""

    text: str

    async def perform(self, scene: Scene) -> None:
        """Look through what was offered."""
        if not any(self.text in each for each in scene.offered):
            raise StepFailure(f"“{self.text}” is not offered, only: {' · '.join(scene.offered) or 'nothing'}")


STEP_PATTERNS = (
    StepPattern(r"type (?P<typed>/[\w-]+(?: .*)?)", "type /imagine fox aspect:16", lambda words: Type(words["typed"])),
    StepPattern(r'expect offer "(?P<text>[^"]+)"', 'expect offer "16:9"', lambda words: ExpectOffer(words["text"])),
)
