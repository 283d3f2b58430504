"""What may be in the body of a message."""

from playground.discord_server.base.json import Json

from .layout import check_message_components
from .problems import Path, Problems
from .rules import Anything, Boolean, Fields, Items, Number, OneOf, Snowflake, Text
from .texts import Nonce, Timestamp, Url

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
SILENT = 1 << 12
V2 = 1 << 15


def check_embed(embed: Json, path: Path, problems: Problems) -> None:
    """All texts of an embed together stay under 6000 characters."""
    size = embed_size(embed)
    if size > 6000:
        problems.add(path, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def embed_size(embed: Json) -> int:
    """The characters of an embed that count."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field["name"], field["value"]]
    return sum(len(text or "") for text in texts)


PICTURE = Fields({"url": Text(0, 2048)})
EMBED = Fields(
    {
        "title": Text(0, 256),
        "description": Text(0, 4096),
        "url": Url(2048),
        "color": Number(0, 0xFFFFFF),
        "timestamp": Timestamp(),
        "footer": Fields({"text": Text(0, 2048), "icon_url": Text(0, 2048)}),
        "author": Fields({"name": Text(0, 256), "url": Url(2048), "icon_url": Text(0, 2048)}),
        "image": PICTURE,
        "thumbnail": PICTURE,
        "fields": Items(
            Fields({"name": Text(1, 256), "value": Text(1, 1024), "inline": Boolean()}, ("name", "value")), 0, 25
        ),
    },
    also=check_embed,
)
MENTIONS = Fields(
    {
        "parse": Items(OneOf(("users", "roles", "everyone")), unique=True),
        "users": Items(Snowflake(), 0, 100, unique=True),
        "roles": Items(Snowflake(), 0, 100, unique=True),
        "replied_user": Boolean(),
    }
)
ATTACHMENT = Fields(
    {"id": Snowflake(), "filename": Text(1, 1024), "description": Text(0, 1024), "title": Text(0, 1024)}, ("id",)
)
REFERENCE = Fields(
    {
        "message_id": Snowflake(),
        "channel_id": Snowflake(),
        "guild_id": Snowflake(),
        "fail_if_not_exists": Boolean(),
        "type": OneOf((0, 1)),
    },
    ("message_id",),
)
MESSAGE = Fields(
    {
        "content": Text(0, 2000),
        "embeds": Items(EMBED, 0, 10),
        "components": Items(Anything(), 0, 40),
        "attachments": Items(ATTACHMENT, 0, 10),
        "allowed_mentions": MENTIONS,
        "message_reference": REFERENCE,
        "flags": Number(0),
        "tts": Boolean(),
        "nonce": Nonce(),
        "enforce_nonce": Boolean(),
        "sticker_ids": Items(Snowflake(), 0, 3),
    }
)


def check_message(body: Json, flags: int, path: Path = ()) -> None:
    """Refuse a message's body, which stands at `path`; `flags` are those the message will have."""
    problems = Problems()
    MESSAGE.check(body, (), problems)
    if not problems:
        check_rules(body, bool(flags & V2), problems)
    located = Problems()
    located.extend(problems, path)
    located.raise_if_any()


def check_rules(body: Json, v2: bool, problems: Problems) -> None:
    """What goes beyond the shape of the single fields."""
    if v2:
        check_no_legacy(body, problems)
    check_message_components(body.get("components") or [], v2, problems)
    check_mentions(body.get("allowed_mentions") or {}, problems)
    check_embeds_together(body.get("embeds") or [], problems)


def check_no_legacy(body: Json, problems: Problems) -> None:
    """Components V2 stand alone: no content, embeds, stickers or polls."""
    for name in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            problems.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def check_mentions(allowed: Json, problems: Problems) -> None:
    """Either all of a kind are allowed, or some by id."""
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            message = f"parse:['{kind}'] and {kind}: [ids...] are mutually exclusive."
            problems.add(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def check_embeds_together(embeds: list[Json], problems: Problems) -> None:
    """The limit of 6000 characters holds for all embeds of a message together."""
    if sum(embed_size(embed) for embed in embeds) > 6000:
        message = "Embed size exceeds maximum size of 6000"
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)
