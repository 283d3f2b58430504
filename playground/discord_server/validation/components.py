"""The shape of every component: what it holds, and what may stand inside what."""

from typing import Any

from playground.discord_server.base.json import Json

from .problems import Path, Problems
from .rules import Anything, Boolean, Fields, Items, Number, OneOf, Rule, Snowflake, Text
from .texts import Url

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23

CUSTOM_ID = Text(1, 100)
LINK, PREMIUM = 5, 6
BOTH = ("BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be specified")
COMMON: dict[str, Rule] = {"id": Number(0, 2**31 - 1)}


def check_emoji(emoji: Any, path: Path, problems: Problems) -> None:
    """An emoji is a custom one, by id, or a character that is no plain text."""
    name = emoji.get("name") or ""
    if not emoji.get("id") and (not name or (name.isascii() and not name[0].isdigit() and name[0] not in "#*")):
        problems.add((*path, "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")


EMOJI = Fields({"id": Snowflake(), "name": Text(0, 32), "animated": Boolean()}, also=check_emoji)


def check_button(button: Json, path: Path, problems: Problems) -> None:
    """A link has a url, a premium button a sku_id and nothing else, the others a custom_id and something written on."""
    style = button["style"]
    if style == PREMIUM and not button.get("sku_id"):
        problems.add(path, "BUTTON_COMPONENT_SKU_ID_REQUIRED", "A sku id is required")
    if style == PREMIUM and any(button.get(field) for field in ("custom_id", "url", "label", "emoji")):
        problems.add(path, "BUTTON_COMPONENT_PREMIUM_FIELDS_INVALID", "A premium button holds nothing but its sku id")
    if style != PREMIUM and button.get("sku_id"):
        problems.add(path, "BUTTON_COMPONENT_SKU_ID_INVALID", "A sku id can only be used on a premium button")
    if style == LINK and not button.get("url"):
        problems.add(path, "BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
    if style == LINK and button.get("custom_id"):
        problems.add(path, *BOTH)
    if style not in (LINK, PREMIUM) and not button.get("custom_id"):
        problems.add(path, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id required")
    if style not in (LINK, PREMIUM) and button.get("url"):
        problems.add(path, *BOTH)
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        problems.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "Either a label or an emoji is required")


def most_values(component: Json) -> int:
    """How many values may be chosen, ticked or uploaded."""
    unsaid = len(component["options"]) if component["type"] == CHECKBOX_GROUP else 1
    return component.get("max_values") or unsaid


def check_bounds(component: Json, path: Path, problems: Problems) -> None:
    """No more values are needed than may be given."""
    if (component.get("min_values") or 0) > most_values(component):
        message = "min_values is greater than max_values"
        problems.add((*path, "min_values"), "SELECT_COMPONENT_MIN_VALUES_EXCEEDED", message)


def check_options(select: Json, path: Path, problems: Problems) -> None:
    """Values are unique, and the bounds fit their number."""
    options = select.get("options") or []
    values = [option["value"] for option in options]
    for index, value in enumerate(values):
        if value in values[:index]:
            message = "The specified option value is already used"
            problems.add((*path, "options", index, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
    check_bounds(select, path, problems)
    most = select.get("max_values")
    if most is not None and select["type"] in (STRING_SELECT, CHECKBOX_GROUP) and most > len(options):
        message = "max_values exceeds the number of options"
        problems.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_EXCEEDED", message)
    chosen = sum(bool(option.get("default")) for option in options) + len(select.get("default_values") or [])
    if chosen > most_values(select):
        message = "More options are selected by default than max_values allows"
        problems.add(path, "SELECT_COMPONENT_TOO_MANY_DEFAULTS", message)


def check_group(group: Json, path: Path, problems: Problems) -> None:
    """As in a select; besides, none ticked can't be enough where ticking is required."""
    check_options(group, path, problems)
    if group.get("min_values") == 0 and group.get("required") is not False:
        message = "A required group needs at least one value"
        problems.add((*path, "min_values"), "CHECKBOX_GROUP_COMPONENT_MIN_VALUES_INVALID", message)


def check_input(text_input: Json, path: Path, problems: Problems) -> None:
    """The prefilled value fits the input's own bounds."""
    most, value = text_input.get("max_length") or 4000, text_input.get("value") or ""
    if len(value) > most:
        problems.add((*path, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    if (text_input.get("min_length") or 0) > most:
        problems.add((*path, "min_length"), "BASE_TYPE_MAX", "min_length is greater than max_length")


OPTION = Fields(
    {"label": Text(1, 100), "value": Text(1, 100), "description": Text(0, 100), "emoji": EMOJI, "default": Boolean()},
    ("label", "value"),
)
MEDIA = Fields({"url": Url(2048, ("http", "https", "attachment"))}, ("url",))
CHOICE_FIELDS: dict[str, Rule] = {
    "custom_id": CUSTOM_ID,
    "placeholder": Text(0, 150),
    "min_values": Number(0, 25),
    "max_values": Number(1, 25),
    "disabled": Boolean(),
    "required": Boolean(),
}
CHANNEL_TYPES = Items(OneOf((0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)), unique=True)
SELECTABLE = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}
GROUP_OPTION = Fields(
    {"label": Text(1, 100), "value": Text(1, 100), "description": Text(0, 100), "default": Boolean()},
    ("label", "value"),
)
BOUNDS: dict[str, Rule] = {"min_values": Number(0, 10), "max_values": Number(1, 10), "required": Boolean()}


def defaults(kinds: tuple[str, ...]) -> Rule:
    """What is chosen from the start in a select of people, roles or channels."""
    return Items(Fields({"id": Snowflake(), "type": OneOf(kinds)}, ("id", "type")), 0, 25, unique=True)


COMPONENTS: dict[int, Fields] = {
    ROW: Fields(COMMON | {"components": Items(Anything(), 1, 5)}, ("components",)),
    BUTTON: Fields(
        COMMON
        | {
            "style": OneOf((1, 2, 3, 4, 5, 6)),
            "custom_id": CUSTOM_ID,
            "label": Text(0, 80),
            "url": Url(512, ("http", "https", "discord")),
            "disabled": Boolean(),
            "emoji": EMOJI,
            "sku_id": Snowflake(),
        },
        ("style",),
        check_button,
    ),
    STRING_SELECT: Fields(
        COMMON | CHOICE_FIELDS | {"options": Items(OPTION, 1, 25)}, ("custom_id", "options"), check_options
    ),
    **{
        kind: Fields(
            COMMON | CHOICE_FIELDS | {"default_values": defaults(things), "channel_types": CHANNEL_TYPES},
            ("custom_id",),
            check_options,
        )
        for kind, things in SELECTABLE.items()
    },
    TEXT_INPUT: Fields(
        COMMON
        | {
            "custom_id": CUSTOM_ID,
            "style": OneOf((1, 2)),
            "label": Text(1, 45),
            "min_length": Number(0, 4000),
            "max_length": Number(1, 4000),
            "required": Boolean(),
            "value": Text(0, 4000),
            "placeholder": Text(0, 100),
        },
        ("custom_id", "style"),
        check_input,
    ),
    SECTION: Fields(COMMON | {"components": Items(Anything(), 1, 3)}, ("components", "accessory")),
    TEXT_DISPLAY: Fields(COMMON | {"content": Text(1, 4000)}, ("content",)),
    THUMBNAIL: Fields(COMMON | {"media": MEDIA, "description": Text(1, 1024), "spoiler": Boolean()}, ("media",)),
    GALLERY: Fields(
        COMMON
        | {
            "items": Items(
                Fields({"media": MEDIA, "description": Text(1, 1024), "spoiler": Boolean()}, ("media",)), 1, 10
            )
        },
        ("items",),
    ),
    FILE: Fields(COMMON | {"file": MEDIA, "spoiler": Boolean()}, ("file",)),
    SEPARATOR: Fields(COMMON | {"divider": Boolean(), "spacing": OneOf((1, 2))}),
    CONTAINER: Fields(
        COMMON | {"components": Items(Anything(), 1, 40), "accent_color": Number(0, 0xFFFFFF), "spoiler": Boolean()},
        ("components",),
    ),
    LABEL: Fields(COMMON | {"label": Text(1, 45), "description": Text(1, 100)}, ("label", "component")),
    FILE_UPLOAD: Fields(COMMON | BOUNDS | {"custom_id": CUSTOM_ID}, ("custom_id",), check_bounds),
    RADIO_GROUP: Fields(
        COMMON | {"custom_id": CUSTOM_ID, "required": Boolean(), "options": Items(GROUP_OPTION, 2, 10)},
        ("custom_id", "options"),
        check_options,
    ),
    CHECKBOX_GROUP: Fields(
        COMMON | BOUNDS | {"custom_id": CUSTOM_ID, "options": Items(GROUP_OPTION, 1, 10)},
        ("custom_id", "options"),
        check_group,
    ),
    CHECKBOX: Fields(COMMON | {"custom_id": CUSTOM_ID, "default": Boolean()}, ("custom_id",)),
}
