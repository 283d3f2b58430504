"""Turning what components and embeds point at into addresses."""

import hashlib
import mimetypes
from typing import Any
from urllib.parse import urlsplit

from playground.discord_server.base.json import Json
from playground.discord_server.state.signed_urls import unsigned
from playground.discord_server.state.uploads import ExternalPictures
from playground.discord_server.validation.components import CONTAINER, FILE, SELECTS, SEPARATOR, THUMBNAIL
from playground.discord_server.validation.problems import Path, Problems
from playground.discord_server.validation.texts import unknown_scheme

DEFAULTS: dict[int, Json] = {  # what Discord fills in
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
}
LOADING, LOADED = 1, 2
SCHEMES = ("http", "https", "attachment")
NOT_FOUND = ("UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The specified attachment could not be found")


class Resolver:
    """Resolves one message's media; `used` are the attachments that something shows, `known` those by url."""

    def __init__(self, attachments: list[Json], external: ExternalPictures) -> None:
        self.used: set[str] = set()
        self.problems = Problems()
        self._by_name = {each["filename"]: each for each in attachments}
        self._by_url = {unsigned(each["url"]): each for each in attachments}
        self._external = external
        self._next_id = 0

    def components(self, items: list[Json], path: Path = ("components",)) -> list[Json]:
        """The components as Discord shows them: numbered, media resolved."""
        return [self._component(item, (*path, index)) for index, item in enumerate(items)]

    def embeds(self, embeds: list[Json]) -> list[Json]:
        """The embeds as Discord shows them: pictures resolved."""
        return [self._embed(embed, ("embeds", index)) for index, embed in enumerate(embeds)]

    def _component(self, item: Json, path: Path) -> Json:
        self._next_id += 1
        shown = DEFAULTS.get(item["type"], {}) | without_nulls(item)
        shown["id"] = item.get("id") or self._next_id
        for holder in (shown, *shown.get("options", ())):
            if (holder.get("emoji") or {}).get("id"):
                holder["emoji"]["id"] = str(holder["emoji"]["id"])  # some clients send numbers
        if "components" in item:
            shown["components"] = self.components(item["components"], (*path, "components"))
        for name in ("accessory", "component"):
            if isinstance(item.get(name), dict):
                shown[name] = self._component(item[name], (*path, name))
        for name in ("media", "file"):
            if name in item:
                shown[name] = self._media(item[name]["url"], (*path, name), only_own=item["type"] == FILE)
        if item["type"] == FILE:
            own = self._by_url.get(unsigned(shown["file"]["url"]), {})
            shown |= {"name": own.get("filename"), "size": own.get("size")}
        if "items" in item:
            shown["items"] = [self._item(each, (*path, "items", index)) for index, each in enumerate(item["items"])]
        return shown

    def _item(self, item: Json, path: Path) -> Json:
        media = self._media(item["media"]["url"], (*path, "media"))
        return {"description": None, "spoiler": False, **item, "media": media}

    def _media(self, url: str, path: Path, only_own: bool = False) -> Json:
        attachment = self._attachment(url, (*path, "url"), ("attachment",) if only_own else SCHEMES)
        if attachment is None:
            kind = mimetypes.guess_type(urlsplit(url).path)[0]
            number = str(int(hashlib.sha256(url.encode()).hexdigest()[:15], 16))
            shown = {"id": number, "url": url, "proxy_url": url, "width": None, "height": None, "content_type": kind}
            blank = self._external.is_blank(url)
            return {**shown, "content_type": None, "loading_state": LOADING} if blank else shown
        wanted = ("url", "proxy_url", "width", "height", "content_type")
        known: Json = {name: attachment.get(name) for name in wanted}
        return {**known, "id": attachment["id"], "attachment_id": attachment["id"], "flags": 0, "loading_state": LOADED}

    def _embed(self, embed: Json, path: Path) -> Json:
        shown: Json = {"type": "rich", **{key: value for key, value in embed.items() if value is not None}}
        for name in ("image", "thumbnail"):
            if (embed.get(name) or {}).get("url"):
                media = self._media(embed[name]["url"], (*path, name))
                shown[name] = {key: value for key, value in media.items() if value is not None}
        for name in ("author", "footer"):
            if (embed.get(name) or {}).get("icon_url"):
                media = self._media(embed[name]["icon_url"], (*path, name))
                shown[name] = {**embed[name], "icon_url": media["url"]}
        return shown

    def _attachment(self, url: str, path: Path, schemes: tuple[str, ...]) -> Json | None:
        scheme, _, name = url.partition("://")
        if scheme not in schemes and unsigned(url) not in self._by_url:
            self.problems.add(path, *unknown_scheme(scheme, schemes))
            return None
        found: Any = self._by_name.get(name) if scheme == "attachment" else self._by_url.get(unsigned(url))
        if found is None and scheme == "attachment":
            self.problems.add(path, *NOT_FOUND)
        elif found is not None:
            self.used.add(found["id"])
        return found


def without_nulls(value: Any) -> Any:
    """The value without fields that are null, at any depth: Discord leaves them out of what it shows."""
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value
