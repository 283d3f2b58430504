"""The pictures that a message shows, wherever in it they stand."""

import mimetypes
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import discord


def images_in(message: discord.Message) -> list[str]:
    """The addresses of the message's pictures, each once, in the order in which they are seen; none of videos.

    Attachments come first, then embeds, galleries and thumbnails, then what a forwarded message holds.
    """
    found = (address for part in (message, *message.message_snapshots) for address in _shown(part))
    return list(dict.fromkeys(found))


def _shown(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    for attachment in message.attachments:
        # Discord names the kind of every file it knows; of what it does not know it shows no picture.
        if (attachment.content_type or "").startswith("image/"):
            yield attachment.url
    for embed in message.embeds:
        yield from filter(None, (embed.image.url, embed.thumbnail.url))
    yield from _media(message.components)


def _media(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        match component:
            case discord.MediaGalleryComponent():
                yield from (item.media.url for item in component.items if _is_picture(item.media))
            case discord.ThumbnailComponent():
                if _is_picture(component.media):
                    yield component.media.url
            case discord.SectionComponent():
                yield from _media([*component.children, component.accessory])
            case discord.Container():
                yield from _media(component.children)
            case _:
                pass


def _is_picture(media: discord.UnfurledMediaItem) -> bool:
    """Whether a gallery shows it still; Discord has not always looked at it already."""
    kind = media.content_type or mimetypes.guess_type(urlsplit(media.url).path)[0]
    return kind is None or kind.startswith("image/")
