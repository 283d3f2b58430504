"""A prompt taken apart: image addresses, words, flags and the faults it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .refusals import models

_FAULT = re.compile(r"(?<!\S)(?P<later>button-)?scenario:(?P<name>[a-z0-9-]+)(?:=(?P<seconds>\d+(?:\.\d+)?))?")
_FLAG = re.compile(r"(?<!\S)(?:--|—)(?P<name>[A-Za-z]+)(?P<value>(?:\s+(?!--|—)\S+)*)")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_WEIGHTED = re.compile(r"::[\d.]*$")
_ASPECT = re.compile(r"(\d{1,5}):(\d{1,5})")

# fmt: off
KNOWN_FLAGS = frozenset((
    "ar", "aspect", "v", "version", "niji", "s", "stylize", "c", "chaos", "w", "weird", "q", "quality",
    "seed", "sameseed", "style", "raw", "tile", "no", "iw", "relax", "fast", "turbo", "stop", "repeat",
    "r", "sref", "sw", "sv", "cref", "cw", "oref", "ow", "p", "profile", "personalize", "draft", "exp",
    "hd", "sd", "edit", "stealth", "public", "zoom",
))
# fmt: on


@dataclass(frozen=True)
class NamedFault:
    """A fault that a prompt names; `later` ones affect the jobs that buttons start from this one."""

    name: str
    seconds: float | None
    later: bool


@dataclass(frozen=True)
class Prompt:
    """The parts of one prompt that matter to the simulation."""

    text: str
    images: tuple[str, ...] = ()
    flags: dict[str, str] = field(default_factory=dict)
    faults: tuple[NamedFault, ...] = ()

    @classmethod
    def parse(cls, raw: str) -> Prompt:
        """Parses any prompt; `complaint` says what is wrong with it."""
        words = tuple(_named_fault(match) for match in _FAULT.finditer(raw))
        rest = _FAULT.sub(" ", raw)
        flags = {m["name"].lower(): m["value"].strip() for m in _FLAG.finditer(rest)}
        rest = _FLAG.sub(" ", rest)
        images = tuple(_ADDRESS.findall(rest))
        text = " ".join(_ADDRESS.sub(" ", rest).split())
        return cls(text, images, flags, words)

    @property
    def aspect(self) -> tuple[int, int]:
        """Width and height of `--ar`, 1:1 when it is absent."""
        match = _ASPECT.fullmatch(self.flags.get("ar", self.flags.get("aspect", "1:1")))
        return (int(match[1]), int(match[2])) if match else (1, 1)

    @property
    def seed(self) -> int | None:
        """The number after `--seed`, if there is one."""
        value = self.flags.get("seed", "")
        return int(value) if value.isdecimal() else None

    @property
    def relaxed(self) -> bool:
        """True in relax mode, which is slower and half the price."""
        return "relax" in self.flags

    @property
    def turbo(self) -> bool:
        """True in turbo mode."""
        return "turbo" in self.flags

    @property
    def older_model(self) -> bool:
        """True for the models (5.2 and before) whose upscale buttons are called 2x and 4x."""
        match = re.match(r"\d+", self.flags.get("v") or self.flags.get("version") or self.flags.get("niji") or "")
        return match is not None and int(match[0]) <= 5

    @property
    def zoom(self) -> float | None:
        """The factor of `--zoom`, if there is one between 1 and 2."""
        try:
            factor = float(self.flags.get("zoom", ""))
        except ValueError:
            return None
        return factor if 1 <= factor <= 2 else None

    @property
    def blends(self) -> bool:
        """Whether it asks for a blend: pictures, and no words about them."""
        return len(self.images) > 1 and not self.text

    @property
    def edited(self) -> tuple[str, ...]:
        """The addresses of the pictures that `--edit` changes."""
        return tuple(_ADDRESS.findall(self.flags.get("edit", "")))

    def complaint(self, usual: models.Model | None = None) -> str | None:
        """The sentence the job fails with when its flags make no sense, else None.

        `usual` is the model of prompts that choose none: the account's, else the newest.
        """
        unknown = [name for name in self.flags if name not in KNOWN_FLAGS]
        if unknown:
            return f"Invalid parameter: unrecognized parameter `--{unknown[0]}`"
        ratio = self.flags.get("ar", self.flags.get("aspect"))
        if ratio is not None and (not _ASPECT.fullmatch(ratio) or 0 in self.aspect):
            return f"Invalid parameter: invalid value provided for argument `--ar`: `{ratio[:20]}`"
        if "seed" in self.flags and (self.seed is None or self.seed > 4294967295):
            return "Invalid parameter: `--seed` expects a whole number between 0 and 4294967295"
        if not self.text and len(self.images) < 2:
            return "Invalid prompt: it holds no words, and a picture alone needs another one to be blended with"
        weighted = "::" in self.text or any(map(_WEIGHTED.search, self.images))
        return models.refusal(self.flags, usual or models.newest(), weighted=weighted)


def _named_fault(match: re.Match[str]) -> NamedFault:
    seconds = float(match["seconds"]) if match["seconds"] else None
    return NamedFault(match["name"], seconds, later=match["later"] is not None)
