"""Finds the pictures in a message: attachments, embeds, components, forwarded messages."""

import mimetypes
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import discord

_INPUT_NAME = re.compile(r"/input-(\d{1,2})\.[a-z]+$")


def image_urls_in(message: discord.Message) -> list[str]:
    """The URLs of the message's pictures, without videos and duplicates, in the order they are shown.

    Attachments come first, then embeds, galleries and thumbnails, then a forwarded message.
    """
    found = (url for part in (message, *message.message_snapshots) for url in _image_urls(part))
    return list(dict.fromkeys(found))


def input_copies_in(message: discord.Message) -> dict[int, str]:
    """The URLs of a job's inputs that its reply holds as files, by their number; see `ResultFiles.inputs`."""
    found = ((_INPUT_NAME.search(_path_of(url)), url) for url in _component_image_urls(message.components))
    return {int(match[1]): url for match, url in found if match is not None}


def _image_urls(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    for attachment in message.attachments:
        # Discord sets the content type of every file it can show.
        if (attachment.content_type or "").startswith("image/"):
            yield attachment.url
    for embed in message.embeds:
        yield from filter(None, (embed.image.url, embed.thumbnail.url))
    yield from _component_image_urls(message.components)


def _component_image_urls(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        match component:
            case discord.MediaGalleryComponent():
                yield from (item.media.url for item in component.items if _is_image(item.media))
            case discord.ThumbnailComponent():
                if _is_image(component.media):
                    yield component.media.url
            case discord.SectionComponent():
                yield from _component_image_urls([*component.children, component.accessory])
            case discord.Container():
                yield from _component_image_urls(component.children)
            case _:
                pass


def _is_image(media: discord.UnfurledMediaItem) -> bool:
    """Whether the media is a picture; Discord may not have determined its content type yet."""
    content_type = media.content_type or mimetypes.guess_type(_path_of(media.url))[0]
    return content_type is None or content_type.startswith("image/")


def _path_of(url: str) -> str:
    """The path of a URL; empty if it can't be parsed: other bots put any text there."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
