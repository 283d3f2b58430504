"""The world a picture shows: words, palette and the numbers of its composition."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace

from .colours import Colour
from .moods import COLOUR_WORDS, Palette, choose_mood
from .silhouettes import ABSTRACT_NOUNS, SILHOUETTES, noun_of
from .view import View

_LANDS = {
    "water": "sea ocean lake river harbour harbor beach coast island water waves",
    "peaks": "mountain mountains peak peaks alps summit cliff canyon",
    "city": "city skyline town street tokyo london paris york cyberpunk neon urban skyscraper skyscrapers",
    "forest": "forest wood woods jungle mossy pine pines trees",
    "snow": "snow snowy winter",
}
_FEATURES = {word: feature for feature, words in _LANDS.items() for word in words.split()}


@dataclass(frozen=True)
class World:
    """An endless landscape. All lengths are in first picture heights; y points down."""

    subjects: tuple[tuple[str, Colour | None], ...]
    features: frozenset[str]
    palette: Palette
    theme: int
    horizon: float
    relief: float
    phase: float
    sun_x: float
    sun_y: float
    sun_r: float
    subject_x: float
    subject_size: float
    flipped: bool
    # Small things (clouds, stars, trees, grass) are thrown by these seeds: the first whose view holds a
    # place decides there, so that a wider picture keeps what was already in view and invents the rest.
    seeds: tuple[tuple[View | None, int], ...]

    @classmethod
    def imagine(cls, text: str, seed: int, tile: int, palette: tuple[Colour, ...] = ()) -> World:
        """The world for a text: its theme comes from the words, its composition from seed and tile."""
        words = [word.strip(".,;:!?\"'()") for word in text.lower().split()]
        theme = int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=6).digest(), "big")
        dice = random.Random(f"{theme}:{seed}:{tile}")
        subjects = _subjects(words) or {ABSTRACT_NOUNS[theme % len(ABSTRACT_NOUNS)]: None}
        mood = Palette.from_picture(palette) if palette else choose_mood(words, theme)
        return cls(
            subjects=tuple(subjects.items()),
            features=_features(words, tuple(subjects)),
            palette=mood.turned(dice.uniform(-0.02, 0.02)),
            theme=theme,
            horizon=dice.uniform(0.54, 0.66),
            relief=dice.uniform(0.10, 0.19),
            phase=dice.uniform(0, 50),
            sun_x=dice.choice((-1, 1)) * dice.uniform(0.12, 0.34),
            sun_y=dice.uniform(0.16, 0.34),
            sun_r=dice.uniform(0.07, 0.12),
            subject_x=dice.uniform(-0.14, 0.14),
            subject_size=dice.uniform(0.40, 0.54),
            flipped=dice.random() < 0.5,
            seeds=((None, dice.randrange(2**31)),),
        )

    def varied(self, strength: float, dice: random.Random) -> World:
        """The same scene, varied a little (0.1) or much (0.5)."""

        def moved(value: float, span: float) -> float:
            return value + dice.uniform(0.35, 1) * dice.choice((-1, 1)) * span * strength

        keep_details = strength < 0.1
        return replace(
            self,
            palette=self.palette.turned(moved(0, 0.07)),
            horizon=min(max(moved(self.horizon, 0.12), 0.45), 0.75),
            relief=max(moved(self.relief, 0.12), 0.05),
            phase=moved(self.phase, 1.6),
            sun_x=moved(self.sun_x, 0.30),
            sun_y=max(moved(self.sun_y, 0.22), 0.08),
            sun_r=max(moved(self.sun_r, 0.05), 0.04),
            subject_x=moved(self.subject_x, 0.26),
            subject_size=moved(self.subject_size, 0.22),
            flipped=self.flipped != (strength > 0.4 and dice.random() < 0.5),
            seeds=self.seeds if keep_details else ((None, dice.randrange(2**31)),),
        )

    def settled(self, view: View, seed: int) -> World:
        """The same world with everything in view fixed and the rest placed at random again."""
        inner = (*self.seeds[:-1], (view, self.seeds[-1][1]))
        return replace(self, seeds=(*inner, (None, seed)))

    def dice_at(self, layer: str, cell: int, x: float, y: float) -> random.Random:
        """The dice for one small thing at a place."""
        seed = next(seed for view, seed in self.seeds if view is None or view.contains(x, y))
        return random.Random(f"{seed}:{layer}:{cell}")


def _subjects(words: list[str]) -> dict[str, Colour | None]:
    """The known nouns of a text, at most three, with the colour word that stands before each."""
    found: dict[str, Colour | None] = {}
    tint: Colour | None = None
    for word in words:
        tint = COLOUR_WORDS.get(word, tint)
        noun = noun_of(word)
        if noun is not None and noun not in found and len(found) < 3:
            found[noun], tint = tint, None
    return found


def _features(words: list[str], nouns: tuple[str, ...]) -> frozenset[str]:
    """What the land is like: water in front, peaks, a city, a forest, snow."""
    named = frozenset(feature for word in words if (feature := _FEATURES.get(word)) is not None)
    afloat = any(SILHOUETTES[noun].place == "water" for noun in nouns)
    return named | ({"water"} if afloat else frozenset())
