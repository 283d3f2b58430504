"""Message bodies that Discord refuses."""

import pytest

from tests.playground.discord_server.message_bodies import V2, Json, button, gallery, row, select, send_files, text
from tests.playground.discord_server.raw_clients import Rest

WRONG_V1 = [
    ({"content": "x" * 2001}, ("content",), "BASE_TYPE_MAX_LENGTH"),
    ({"content": 5}, ("content",), "STRING_TYPE_CONVERT"),
    ({"content": "x", "flags": "many"}, ("flags",), "NUMBER_TYPE_COERCE"),
    ({"content": "x", "components": "x"}, ("components",), "LIST_TYPE_CONVERT"),
    ({"content": "x", "components": [5]}, ("components", "0"), "MODEL_TYPE_CONVERT"),
    ({"components": [text()]}, ("components", "0", "type"), "UNION_TYPE_CHOICES"),
    ({"components": [button()]}, ("components", "0", "type"), "UNION_TYPE_CHOICES"),
    ({"components": [row()]}, ("components", "0", "components"), "BASE_TYPE_BAD_LENGTH"),
    (
        {"components": [row(*[button(str(n)) for n in range(6)])]},
        ("components", "0", "components"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    ({"components": [row(button(str(n))) for n in range(6)]}, ("components",), "BASE_TYPE_BAD_LENGTH"),
    (
        {"components": [row(button(), button())]},
        ("components", "0", "components", "1", "custom_id"),
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"components": [row(select(), button())]},
        ("components", "0", "components", "0"),
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"components": [row(button("x" * 101))]},
        ("components", "0", "components", "0", "custom_id"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [row(button(label="x" * 81))]},
        ("components", "0", "components", "0", "label"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        {"components": [row({"type": 2, "style": 1, "custom_id": "a"})]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED",
    ),
    (
        {"components": [row({"type": 2, "style": 1, "label": "a"})]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
    ),
    (
        {"components": [row(button(style=5))]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_URL_REQUIRED",
    ),
    (
        {"components": [row({"type": 2, "style": 6})]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_SKU_ID_REQUIRED",
    ),
    (
        {"components": [row({"type": 2, "style": 6, "sku_id": "1", "label": "Buy"})]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_PREMIUM_FIELDS_INVALID",
    ),
    (
        {"components": [row(button(sku_id="1"))]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_SKU_ID_INVALID",
    ),
    (
        {"components": [row(button(url="https://example.com"))]},
        ("components", "0", "components", "0"),
        "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
    ),
    (
        {"components": [row(button(emoji={"name": ":fire:"}))]},
        ("components", "0", "components", "0", "emoji", "name"),
        "COMPONENT_INVALID_EMOJI",
    ),
    (
        {"components": [row(select(options=[{"label": "x", "value": str(n)} for n in range(26)]))]},
        ("components", "0", "components", "0", "options"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [row(select(options=[{"label": "x", "value": "x"}] * 2))]},
        ("components", "0", "components", "0", "options", "1", "value"),
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    (
        {"components": [row(select(max_values=2))]},
        ("components", "0", "components", "0", "max_values"),
        "SELECT_COMPONENT_MAX_VALUES_EXCEEDED",
    ),
    ({"components": [{"type": True, "components": []}]}, ("components", "0", "type"), "UNION_TYPE_CHOICES"),
    *[
        (
            {"components": [row({"type": 8, "custom_id": "c", field: [value]})]},
            ("components", "0", "components", "0", field, "0", *place),
            code,
        )
        for field, value, place, code in (
            ("channel_types", 6, (), "BASE_TYPE_CHOICES"),
            ("default_values", 5, (), "MODEL_TYPE_CONVERT"),
            ("default_values", {"id": "1", "type": "user"}, ("type",), "BASE_TYPE_CHOICES"),
            ("default_values", {"type": "channel"}, ("id",), "BASE_TYPE_REQUIRED"),
        )
    ],
    (
        {
            "components": [
                row({"type": 5, "custom_id": "u", "default_values": [{"id": str(n), "type": "user"} for n in range(2)]})
            ]
        },
        ("components", "0", "components", "0"),
        "SELECT_COMPONENT_TOO_MANY_DEFAULTS",
    ),
    ({"content": "x", "enforce_nonce": "x"}, ("enforce_nonce",), "BOOLEAN_TYPE_CONVERT"),
    ({"content": "x", "sticker_ids": ["x"]}, ("sticker_ids", "0"), "NUMBER_TYPE_COERCE"),
    ({"content": "x", "attachments": [{"id": 0, "title": 5}]}, ("attachments", "0", "title"), "STRING_TYPE_CONVERT"),
    (
        {"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": 5}},
        ("message_reference", "fail_if_not_exists"),
        "BOOLEAN_TYPE_CONVERT",
    ),
    (
        {"content": "x", "allowed_mentions": {"users": ["1", "1"]}},
        ("allowed_mentions", "users", "1"),
        "SET_TYPE_ALREADY_CONTAINS_VALUE",
    ),
    (
        {"components": [row({"type": 2, "style": 5, "label": "x", "url": "ftp://example.com"})]},
        ("components", "0", "components", "0", "url"),
        "URL_TYPE_INVALID_SCHEME",
    ),
    (
        {"components": [row({"type": 2, "style": 5, "label": "x", "url": "example"})]},
        ("components", "0", "components", "0", "url"),
        "URL_TYPE_INVALID_URL",
    ),
    ({"embeds": [{"title": "x", "url": "javascript://x"}]}, ("embeds", "0", "url"), "URL_TYPE_INVALID_SCHEME"),
    ({"embeds": [{"author": {"name": "x", "url": "x"}}]}, ("embeds", "0", "author", "url"), "URL_TYPE_INVALID_URL"),
    ({"embeds": [{"title": "x", "timestamp": "soon"}]}, ("embeds", "0", "timestamp"), "DATE_TIME_TYPE_PARSE"),
    ({"embeds": [{"title": "x" * 257}]}, ("embeds", "0", "title"), "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"fields": [{"name": "x"}]}]}, ("embeds", "0", "fields", "0", "value"), "BASE_TYPE_REQUIRED"),
    (
        {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
        ("embeds",),
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    (
        {"embeds": [{"image": {"url": "attachment://none.png"}}]},
        ("embeds", "0", "image", "url"),
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        ("allowed_mentions",),
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    ({"content": "x", "attachments": [{"id": 0}]}, ("attachments", "0", "id"), "ATTACHMENT_NOT_FOUND"),
    ({"content": "x", "message_reference": {"message_id": "1"}}, ("message_reference",), "REPLIES_UNKNOWN_MESSAGE"),
]
WRONG_V2 = [
    ({"content": "x"}, ("content",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ({"embeds": [{"title": "x"}]}, ("embeds",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ({"components": [text("")]}, ("components", "0", "content"), "BASE_TYPE_BAD_LENGTH"),
    ({"components": [text("x" * 2001)] * 2}, ("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
    (
        {"components": [{"type": 17, "components": [text()] * 30}, *[text()] * 10]},
        ("components",),
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    ({"components": [gallery()]}, ("components", "0", "items"), "BASE_TYPE_BAD_LENGTH"),
    (
        {"components": [gallery(*["https://example.com/a.png"] * 11)]},
        ("components", "0", "items"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [gallery("attachment://none.png")]},
        ("components", "0", "items", "0", "media", "url"),
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    (
        {"components": [gallery("ftp://example.com/a.png")]},
        ("components", "0", "items", "0", "media", "url"),
        "URL_TYPE_INVALID_SCHEME",
    ),
    (
        {"components": [{"type": 13, "file": {"url": "https://example.com/a.png"}}]},
        ("components", "0", "file", "url"),
        "URL_TYPE_INVALID_SCHEME",
    ),
    (
        {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}]},
        ("components", "0", "components", "0", "type"),
        "UNION_TYPE_CHOICES",
    ),
    ({"components": [{"type": 9, "components": [text()]}]}, ("components", "0", "accessory"), "BASE_TYPE_REQUIRED"),
    (
        {"components": [{"type": 9, "components": [button()], "accessory": button("b")}]},
        ("components", "0", "components", "0", "type"),
        "UNION_TYPE_CHOICES",
    ),
    ({"components": [{"type": 14, "spacing": 3}]}, ("components", "0", "spacing"), "BASE_TYPE_CHOICES"),
    (
        {"components": [{"type": 17, "components": [text()], "accent_color": 1 << 24}]},
        ("components", "0", "accent_color"),
        "NUMBER_TYPE_MAX",
    ),
]


@pytest.mark.parametrize(
    ("body", "path", "code"), [*WRONG_V1, *(({**body, "flags": V2}, path, code) for body, path, code in WRONG_V2)]
)
async def test_wrong_messages_are_refused(rest: Rest, body: Json, path: tuple[str, ...], code: str) -> None:
    """400 with code 50035 and the mistake at its place; nothing is sent."""
    answer = await rest.send(**body)
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.error(*path) == code
    assert (await rest("GET", f"{rest.general}/messages")).body == []


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": " \n "}, {"flags": V2}, {"flags": V2, "components": []}]
)
async def test_empty_messages_are_refused(rest: Rest, body: Json) -> None:
    """50006, of either generation."""
    assert (await rest.send(**body)).code == 50006


async def test_files_alone_are_no_message_of_components(rest: Rest) -> None:
    """What no component shows is not seen, so there would be nothing."""
    assert (await send_files(rest, {"flags": V2}, ("a.png", b"x"))).code == 50006


async def test_blanks_around_a_message_are_taken_away(rest: Rest) -> None:
    """Those within stay."""
    assert (await rest.send(content="\n  two  words \n")).body["content"] == "two  words"
