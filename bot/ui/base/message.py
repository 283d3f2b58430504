"""What is sent to Discord: views and the files they refer to."""

import io
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.services.images.formats import Upload


def action_row(*items: ui.Item[Any]) -> ui.ActionRow[Any]:
    """A row of these items, five buttons or one menu at most."""
    row: ui.ActionRow[Any] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def plain_view(text: str) -> ui.LayoutView:
    """A view that says the text and nothing else."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


@dataclass(frozen=True, slots=True)
class Message:
    """A view and the pictures it refers to."""

    view: ui.LayoutView
    uploads: tuple[Upload, ...] = ()

    def files(self) -> list[discord.File]:
        """The attachments, made anew at each call: sending uses them up."""
        return [discord.File(io.BytesIO(upload.data), filename=upload.filename) for upload in self.uploads]


def gallery(pictures: list[tuple[str, str]]) -> ui.MediaGallery[Any]:
    """Pictures by address and description, ten at most."""
    return ui.MediaGallery(*(discord.MediaGalleryItem(media, description=text) for media, text in pictures[:10]))


def panel(*items: ui.Item[Any], colour: discord.Colour | None = None) -> ui.LayoutView:
    """A view that shows these items in a box."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=colour))
    return view
