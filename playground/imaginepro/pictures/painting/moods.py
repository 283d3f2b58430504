"""Palettes: which colours a scene is painted in, chosen by its words."""

from __future__ import annotations

from dataclasses import dataclass

from .colours import Colour, brightness, from_hex, mixed, turned


@dataclass(frozen=True)
class Palette:
    """Six colours from top to bottom; at night there are stars and the sun is a moon."""

    sky: Colour
    low: Colour
    sun: Colour
    far: Colour
    near: Colour
    ground: Colour
    night: bool = False

    @classmethod
    def of(cls, colours: str, *, night: bool = False) -> Palette:
        return cls(*(from_hex(part) for part in colours.split()), night=night)

    @classmethod
    def from_picture(cls, colours: tuple[Colour, ...]) -> Palette:
        """A palette out of a picture's main colours: light ones for the sky, dark ones for the ground."""
        ranked = sorted(colours, key=brightness, reverse=True)
        light, middle, dark = ranked[0], ranked[len(ranked) // 2], ranked[-1]
        white = (255, 250, 240)
        return cls(
            sky=mixed(middle, light, 0.4),
            low=mixed(light, white, 0.35),
            sun=mixed(light, white, 0.75),
            far=mixed(middle, light, 0.3),
            near=mixed(middle, dark, 0.55),
            ground=mixed(dark, (0, 0, 0), 0.15),
        )

    def turned(self, hue: float) -> Palette:
        """The same palette, its hues turned a little."""
        parts = (self.sky, self.low, self.sun, self.far, self.near, self.ground)
        return Palette(*(turned(part, hue) for part in parts), night=self.night)


#                   sky    low    sun    far    near   ground
MOODS = {
    "dawn": Palette.of("7fa8c9 fbd9b5 fff3d6 b8a9bf 5f6f86 2f3d4f"),
    "day": Palette.of("3f8fc9 cfeaf0 fff9dc 8fb8c4 4c8a74 2c5a48"),
    "golden": Palette.of("e8955a fde3a7 fff6d5 d98f63 8c4f45 43282f"),
    "dusk": Palette.of("3b2f63 f58f6c ffd9a0 94567d 4f3263 241a3a"),
    "night": Palette.of("0b1434 31457f f4efd8 2a3a6b 17244a 0a1026", night=True),
    "aurora": Palette.of("08142b 1f6f74 e8f7e4 1d4a62 11304a 081827", night=True),
    "winter": Palette.of("8fb4d3 eef4f8 fffdf2 b6cbdd 7f9bb8 e4edf5"),
    "forest": Palette.of("a8cfc0 eef5d8 fffbe0 86b399 3f7a62 1d4338"),
    "desert": Palette.of("7cc0d0 fbe6bd fff8dc e5a96f c4743f 7d4128"),
    "sea": Palette.of("4aa0cf d9f1ee fffbe6 79b3c8 3a7f9d 1f5474"),
    "rose": Palette.of("d99cb8 fde4dc fff6ea c98aa8 8a5680 462d52"),
    "autumn": Palette.of("d9b48a fbe8c6 fff4d0 d08c4f 9c4a2c 4a2620"),
}

_HINTS = {
    "dawn": "dawn morning sunrise soft mist misty foggy fog gentle",
    "day": "day noon sunny bright summer blue sky",
    "golden": "golden gold warm afternoon orange lantern amber",
    "dusk": "dusk evening sunset twilight neon cyberpunk purple",
    "night": "night midnight moon moonlit moonlight star stars starry dark space astronaut planet galaxy owl",
    "aurora": "aurora north northern magic magical fantasy dragon",
    "winter": "winter snow snowy ice icy frost arctic white",
    "forest": "forest wood woods mossy moss green jungle garden spring",
    "desert": "desert sand dune canyon cactus mars",
    "sea": "sea ocean boat ship harbour harbor lake river fish whale island coast beach lighthouse",
    "rose": "rose pink blossom cherry flower flowers candy dream dreamy",
    "autumn": "autumn fall red leaves october pumpkin",
}
_MOOD_OF = {word: mood for mood, words in _HINTS.items() for word in words.split()}

COLOUR_WORDS: dict[str, Colour] = {
    "red": (201, 66, 36), "crimson": (168, 28, 46), "orange": (236, 127, 40), "golden": (233, 180, 60),
    "gold": (233, 180, 60), "yellow": (245, 205, 70), "green": (70, 150, 84), "teal": (40, 140, 140),
    "blue": (52, 104, 190), "purple": (124, 72, 168), "violet": (124, 72, 168), "pink": (235, 130, 165),
    "white": (240, 238, 232), "black": (34, 34, 42), "grey": (130, 134, 142), "gray": (130, 134, 142),
    "brown": (128, 84, 54), "silver": (188, 196, 206),
}  # fmt: skip


def choose_mood(words: list[str], theme: int) -> Palette:
    """The palette the words hint at; without a hint the theme's number decides. Each theme turns it a little."""
    hints = [_MOOD_OF[word] for word in words if word in _MOOD_OF]
    # The last hint is usually the light ("… under the moon"), the first the thing itself.
    mood = MOODS[hints[-1]] if hints else list(MOODS.values())[theme % len(MOODS)]
    return mood.turned(((theme >> 8) % 100 / 100 - 0.5) * 0.06)
