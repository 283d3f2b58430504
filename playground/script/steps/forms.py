"""Filling in the form that the bot has opened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.discord_server.base.json import Json
from playground.discord_server.base.message_readers import components
from playground.discord_server.validation.components import CHECKBOX, FILE_UPLOAD, LABEL, RADIO_GROUP, TEXT_INPUT
from playground.script.errors import StepFailure
from playground.script.scene import Scene
from playground.script.slash_parser import picture
from playground.script.step_patterns import StepMatch, StepPattern

# Seconds. A person is not faster, and a bot need not be ready before it knows that its form is open.
A_MOMENT = 0.3


@dataclass(frozen=True)
class Fill:
    """Fill in a field, by what stands above it."""

    label: str
    value: str

    @classmethod
    def read(cls, words: StepMatch) -> Fill:
        """As it was written; raises `StepSyntaxError` when a picture is missing."""
        words.check_picture(words["value"])
        return cls(words["label"], words.text("value"))

    async def perform(self, scene: Scene) -> None:
        """Note it for when the form is sent."""
        if scene.form is None:
            raise StepFailure("no form is open")
        known = fields(scene.form.components)
        if self.label not in known:
            raise StepFailure(f"the form has no field “{self.label}”, only: {', '.join(known)}")
        field = known[self.label]
        scene.filled[field["custom_id"]] = _held(field, self.value, scene.folder)
        scene.transcript.add(f"  {self.label}: {self.value}")


@dataclass(frozen=True)
class Submit:
    """Send the form."""

    async def perform(self, scene: Scene) -> None:
        """Send it with what was filled in; the rest stays as it came."""
        form, filled = scene.form, scene.filled
        if form is None:
            raise StepFailure("no form is open")
        await asyncio.sleep(A_MOMENT)
        await scene.act(f"sends the form “{form.title}”", lambda: scene.member.submit(form, filled))


@dataclass(frozen=True)
class ExpectForm:
    """A form of that title is open."""

    title: str

    async def perform(self, scene: Scene) -> None:
        """Compare the title."""
        if scene.form is None:
            raise StepFailure(f"no form is open; {scene.instead()}")
        if self.title not in scene.form.title:
            raise StepFailure(f"the form that is open is called “{scene.form.title}”")


def fields(form: list[Json]) -> dict[str, Json]:
    """A form's fields by what stands above them."""
    found: dict[str, Json] = {}
    for each in components({"components": form}):
        if each["type"] == LABEL:
            found[each["label"]] = each["component"]
        elif each["type"] == TEXT_INPUT and each.get("label"):
            found[each["label"]] = each
    return found


def _held(field: Json, value: str, folder: Path) -> Any:
    """What the client sends for a field."""
    if field["type"] == FILE_UPLOAD:
        return [picture(folder, value)]
    if field["type"] == CHECKBOX:
        return value == "yes"
    if "options" not in field:
        return value
    values = {option["label"]: option["value"] for option in field["options"]}
    wanted = [each.strip() for each in value.split(",")]
    if unknown := [each for each in wanted if each not in values]:
        raise StepFailure(f"there is no choice “{unknown[0]}”, only: {', '.join(values)}")
    chosen = [values[each] for each in wanted]
    return chosen[0] if field["type"] == RADIO_GROUP else chosen


STEP_PATTERNS = (
    StepPattern(r'fill "(?P<label>[^"]+)": (?P<value>.+)', 'fill "Prompt": a blue fox', Fill.read),
    StepPattern(r"submit", "submit", lambda words: Submit()),
    StepPattern(r'expect form "(?P<title>[^"]+)"', 'expect form "Zoom Out"', lambda words: ExpectForm(words["title"])),
)
