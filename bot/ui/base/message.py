"""Building blocks of messages: views, rows, galleries, and the files a view refers to."""

import io
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.services.images.formats import Upload

_MAX_MEDIA_URL = 2048
_MAX_BUTTON_URL = 512


def action_row(*items: ui.Item[Any]) -> ui.ActionRow[Any]:
    """A row of at most five buttons or one menu."""
    row: ui.ActionRow[Any] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def plain_view(text: str) -> ui.LayoutView:
    """A view with nothing but this text."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


@dataclass(frozen=True, slots=True)
class Message:
    """A view and the files it refers to; with `keeps_files` also those that the edited message has already."""

    view: ui.LayoutView
    uploads: tuple[Upload, ...] = ()
    keeps_files: bool = False

    def files(self) -> list[discord.File]:
        """New `discord.File`s at each call, because sending uses them up."""
        return [discord.File(io.BytesIO(upload.data), filename=upload.filename) for upload in self.uploads]

    def attachments(self) -> list[discord.File]:
        """What an edit passes as `attachments`: the files, which replace those of before, or "unchanged"."""
        unchanged: Any = discord.utils.MISSING
        return unchanged if self.keeps_files else self.files()


def fits_media(url: str) -> bool:
    """Whether Discord accepts a URL of this length for an image in a message."""
    return len(url) <= _MAX_MEDIA_URL


def fits_button(url: str) -> bool:
    """Whether Discord accepts a URL of this length for a button."""
    return len(url) <= _MAX_BUTTON_URL


def gallery(images: list[tuple[str, str]], *, spoiler: bool = False) -> ui.MediaGallery[Any]:
    """A gallery of (URL, description) pairs, the first ten of them, hidden until clicked with `spoiler`."""
    items = (discord.MediaGalleryItem(media, description=text, spoiler=spoiler) for media, text in images[:10])
    return ui.MediaGallery(*items)


def panel(*items: ui.Item[Any], colour: discord.Colour | None = None) -> ui.LayoutView:
    """A view that shows these items in a container."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=colour))
    return view
