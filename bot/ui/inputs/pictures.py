"""Pictures that a member gives to a command, attached or by address: made ready for the API before anything is paid."""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import aiohttp
import discord
from yarl import URL

from bot.client.bot import Bot
from bot.errors import UserError
from bot.safe_fetch import PublicFetch
from bot.services.images.formats import ImageError
from bot.services.images.inputs import MAX_IMAGE_BYTES, ImageUse, PreparedImage, check_length, prepare
from bot.services.prompt import read_address
from bot.ui.base.defer import defer_if_slow
from bot.ui.base.message import plain_view

_ENDINGS = frozenset({".png", ".gif", ".webp", ".jpg", ".jpeg"})
"""How a picture's address must end for the API to open it."""

_PREPARING = "Preparing the picture …"


@dataclass(frozen=True, slots=True)
class Input:
    """A picture as it was given: what was attached or typed, and the command's option it was given to."""

    option: str
    given: discord.Attachment | str


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture that the API can be told of; width and height are in pixels as it is seen."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Looked:
    """A picture that was looked at; `copy` is what the API must get instead, when it can't get the address given."""

    address: str
    digest: bytes
    prepared: PreparedImage
    copy: bytes | None


async def gather_images(
    interaction: discord.Interaction[Bot],
    inputs: Sequence[Input],
    use: ImageUse,
    fetch: PublicFetch,
    *,
    distinct: bool = False,
) -> tuple[InputImage, ...]:
    """The pictures, in the order given, read and checked at the same time.

    Raises UserError with a sentence for the first one that can't be used, and when they have to be `distinct`, for the
    first one that is there already. When it takes long, "thinking" is shown.
    What had to be converted is handed to the member in a message only they see, where the API can fetch it; the
    interaction's own reply stays free for the job, as public as it is.
    """
    for each in inputs:
        if isinstance(each.given, discord.Attachment):
            check_length(each.given.size, each.given.filename)
    several = len(inputs) > 1
    looking = [asyncio.create_task(_look(each, use, fetch, named=several)) for each in inputs]
    try:
        looked = await defer_if_slow(interaction, asyncio.gather(*looking))
    finally:
        for task in looking:
            task.cancel()
    if distinct:
        _check_distinct(inputs, looked)
    return await _with_copies(interaction, looked)


def _check_distinct(inputs: Sequence[Input], looked: Sequence[_Looked]) -> None:
    first: dict[bytes, str] = {}
    for each, picture in zip(inputs, looked, strict=True):
        earlier = first.setdefault(picture.digest, each.option)
        if earlier != each.option:
            raise ImageError(f"`{each.option}` is the same picture as `{earlier}`. Give each picture once.")


async def _look(each: Input, use: ImageUse, fetch: PublicFetch, *, named: bool) -> _Looked:
    try:
        if isinstance(each.given, discord.Attachment):
            address, name, data = each.given.url, each.given.filename, await _read(each.given)
        else:
            address = read_address(each.given)
            name, data = URL(address).name or each.option, await fetch.fetch(address, max_bytes=MAX_IMAGE_BYTES)
        prepared = await asyncio.to_thread(prepare, data, name, use)
    except UserError as error:
        if named:
            raise ImageError(f"`{each.option}`: {error.text}") from error
        raise
    readable = prepared.data is None and PurePosixPath(URL(address).path).suffix.lower() in _ENDINGS
    return _Looked(address, hashlib.sha256(data).digest(), prepared, None if readable else prepared.data or data)


async def _read(attachment: discord.Attachment) -> bytes:
    try:
        return await attachment.read()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise ImageError("Discord did not hand over the attached picture. Attach it again.") from error


async def _with_copies(interaction: discord.Interaction[Bot], looked: list[_Looked]) -> tuple[InputImage, ...]:
    copies = [(each.copy, each.prepared) for each in looked if each.copy is not None]
    hosted = iter(await _hosted(interaction, copies) if copies else ())
    return tuple(
        InputImage(each.address if each.copy is None else next(hosted), each.prepared.width, each.prepared.height)
        for each in looked
    )


async def _hosted(interaction: discord.Interaction[Bot], copies: list[tuple[bytes, PreparedImage]]) -> list[str]:
    """The addresses of these files in a message that only the member sees."""
    notes = [prepared.note for _, prepared in copies if prepared.note] or ["ImaginePro gets this copy of the picture."]
    files = [discord.File(io.BytesIO(data), filename=prepared.filename) for data, prepared in copies]
    try:
        if not interaction.response.is_done():
            await interaction.response.defer(thinking=True)
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            # Whatever comes first takes the place of "thinking" and is as public as that: so not the member's file.
            await interaction.edit_original_response(view=plain_view(_PREPARING))
        message = await interaction.followup.send("\n".join(notes), files=files, ephemeral=True, wait=True)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise ImageError("Discord did not take the converted picture, so nothing was started. Try again.") from error
    return [attachment.url for attachment in message.attachments]


def given_image(option: str, attached: discord.Attachment | None, address: str | None) -> Input:
    """The picture given to `option` or as an address to `option`_url. Raises PictureError unless it is exactly one."""
    if attached is not None and address is not None:
        raise ImageError(f"Give either `{option}` or `{option}_url`, not both.")
    if attached is not None:
        return Input(option, attached)
    if address is not None:
        return Input(f"{option}_url", address)
    raise ImageError(f"Attach a picture to `{option}`, or give its web address to `{option}_url`.")
