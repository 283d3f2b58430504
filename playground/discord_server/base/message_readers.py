"""Readers for Discord's message objects, with components of any kind."""

from collections.abc import Iterator

from .json import Json

BUTTON = 2
SELECTS = (3, 5, 6, 7, 8)
TEXT_DISPLAY = 10
THUMBNAIL = 11
MEDIA_GALLERY = 12
FILE = 13


def components(message: Json) -> Iterator[Json]:
    """Every component of a message or modal, depth first."""
    for component in message.get("components") or []:
        yield component
        yield from components(component)
        for name in ("accessory", "component"):
            if isinstance(component.get(name), dict):
                yield component[name]


def texts(message: Json) -> str:
    """All that a member reads: content, embeds and text displays, a line break between them."""
    parts = [message.get("content") or ""]
    for embed in message.get("embeds") or []:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields") or []]
        parts.append((embed.get("footer") or {}).get("text") or "")
    parts += [each["content"] for each in components(message) if each["type"] == TEXT_DISPLAY]
    return "\n".join(part for part in parts if part)


def buttons(message: Json) -> list[Json]:
    """The buttons, in the order in which they are seen."""
    return [each for each in components(message) if each["type"] == BUTTON]


def selects(message: Json) -> list[Json]:
    """The select menus, in the order in which they are seen."""
    return [each for each in components(message) if each["type"] in SELECTS]


def media(message: Json) -> list[Json]:
    """Pictures and files of components and embeds: url, description, filename, size where known."""
    found: list[Json] = []
    for each in components(message):
        if each["type"] == MEDIA_GALLERY:
            found += [_item(item["media"], item) for item in each["items"]]
        elif each["type"] == THUMBNAIL:
            found.append(_item(each["media"], each))
        elif each["type"] == FILE:
            found.append({**_item(each["file"], each), "filename": each.get("name"), "size": each.get("size")})
    for embed in message.get("embeds") or []:
        found += [_item(embed[key], {}) for key in ("image", "thumbnail") if embed.get(key)]
    return found


def _item(resource: Json, holder: Json) -> Json:
    known = {key: resource.get(key) for key in ("url", "width", "height", "content_type")}
    return {**known, "description": holder.get("description"), "spoiler": bool(holder.get("spoiler"))}


def summary(message: Json) -> str:
    """A message in one line, for transcripts."""
    labels = [each.get("label") or (each.get("emoji") or {}).get("name") for each in buttons(message)]
    notes = [
        f"#{message['channel_id']} {message['id']} {message['author']['username']}:",
        repr(texts(message)[:300]),
        f"flags={message['flags']}" if message["flags"] else "",
        f"buttons={labels}" if labels else "",
        f"media={len(media(message))}" if media(message) else "",
        f"attachments={len(message['attachments'])}" if message["attachments"] else "",
    ]
    return " ".join(note for note in notes if note)
