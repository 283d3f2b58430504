"""Who acts, and where."""

from __future__ import annotations

from dataclasses import dataclass

from playground.discord_server.state import seed
from playground.script.errors import StepSyntaxError
from playground.script.scene import DIRECT, Scene
from playground.script.step_patterns import StepMatch, StepPattern

_MEMBERS = tuple(row[1] for row in seed.USERS)
_CHANNELS = tuple(row[1] for row in seed.CHANNELS)


@dataclass(frozen=True)
class Be:
    """Become a member, in a place or where one is; without a member, go to the place."""

    member: str
    place: str

    @classmethod
    def read(cls, words: StepMatch) -> Be:
        """As it was written; raises `StepSyntaxError` for people and places that do not exist."""
        member, place = words.text("member"), words.text("place").removeprefix("#")
        if member and member not in _MEMBERS:
            raise StepSyntaxError(f"there is no member “{member}”; expected one of: {', '.join(_MEMBERS)}")
        if place and place not in (*_CHANNELS, DIRECT):
            known = ", ".join(f"#{name}" for name in _CHANNELS)
            raise StepSyntaxError(f"there is no place “{place}”; expected one of: {known}, {DIRECT}")
        return cls(member, place)

    async def perform(self, scene: Scene) -> None:
        """Change who acts and where."""
        if self.member:
            scene.member = scene.stack.discord.member(self.member)
        scene.place = self.place or scene.place


STEP_PATTERNS = (
    StepPattern(r"as (?P<member>\S+)(?: in (?P<place>\S+))?", "as mia in #general", Be.read),
    StepPattern(r"in (?P<place>\S+)", "in #art", Be.read),
)
