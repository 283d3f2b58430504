"""Pictures given to a command, as attachments or URLs: checked and converted for the API before a job is started."""

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

import aiohttp
import discord
from yarl import URL

from bot.client.bot import Bot
from bot.errors import UserError
from bot.safe_fetch import PublicFetch
from bot.services.images.formats import ImageError
from bot.services.images.inputs import MAX_IMAGE_BYTES, ImageUse, PreparedImage, check_length
from bot.services.prompt import read_address, read_addresses
from bot.services.queue.member_buckets import FreeUse
from bot.ui.base.location import upload_limit
from bot.ui.base.message import plain_view

_API_SUFFIXES = frozenset({".png", ".gif", ".webp", ".jpg", ".jpeg"})
"""File endings in a URL that the API accepts."""

MAX_ADDRESSES = 5
"""Pictures that an option for several web addresses takes."""

_NO_COPIES = (
    "ImaginePro needs a converted copy of this picture, and the bot lacks the permission Attach Files in this channel. "
    "Use a smaller PNG or JPEG, or ask for this in direct messages with the bot."
)
_PREPARING = "Preparing the picture …"

_Prepare = Callable[[bytes, str], Awaitable[PreparedImage]]
_Download = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class ImageInput:
    """A picture as the member gave it: an attachment or a URL, and the name of the command's option."""

    option: str
    source: discord.Attachment | str

    @property
    def address(self) -> str:
        """Where the picture is: the URL that was typed, or the attachment's."""
        return self.source if isinstance(self.source, str) else self.source.url


@dataclass(frozen=True, slots=True)
class ApiImage:
    """A picture that the API can fetch from `url`; width and height are in pixels, after rotation."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _CheckedImage:
    """A picture that was read and checked, and the bytes that the API may get.

    `needs_copy` is set when the API can't use the URL itself.
    """

    url: str
    digest: bytes
    prepared: PreparedImage
    data: bytes = field(repr=False)
    needs_copy: bool


async def gather_images(
    interaction: discord.Interaction[Bot],
    inputs: Sequence[ImageInput],
    use: ImageUse,
    fetch: PublicFetch,
    *,
    distinct: bool = False,
) -> tuple[ApiImage, ...]:
    """Read and check the pictures concurrently; returns them in the given order, ready for the API.

    Raises UserError for the first one that can't be used, and with `distinct` for the first duplicate. A converted
    picture is uploaded in an ephemeral message to the member, where the API can fetch it; the interaction's public
    reply stays free for the job. Where uploads to the API are on, it gets all pictures in that way whose URL does not
    end in a file's suffix, as those of attachments with their signatures don't.
    """
    await interaction.client.services.buckets.spend(interaction.user.id, FreeUse.PICTURE)
    for each in inputs:
        if isinstance(each.source, discord.Attachment):
            check_length(each.source.size, each.source.filename)
    with interaction.client.services.images.images_of(interaction.user.id, len(inputs)):
        checked = await _check_images(interaction, inputs, use, fetch)
    if distinct:
        _check_distinct(inputs, checked)
    return await _upload_copies(interaction, await _upload_to_api(interaction, checked))


async def _upload_to_api(interaction: discord.Interaction[Bot], images: list[_CheckedImage]) -> list[_CheckedImage]:
    """The pictures with their URLs at the API, where they were uploaded; the others unchanged."""
    uploads = interaction.client.services.uploads
    if uploads is None:
        return images

    async def uploaded(each: _CheckedImage) -> _CheckedImage:
        if not each.needs_copy and _has_api_suffix(each.url):
            return each
        url = await uploads.url_of(each.data)
        return each if url is None else replace(each, url=url, needs_copy=False)

    return await asyncio.gather(*map(uploaded, images))


def _has_api_suffix(address: str) -> bool:
    """Whether the whole URL ends in a suffix that the API asks for; a signed one does not."""
    return address.lower().endswith(tuple(_API_SUFFIXES))


async def _check_images(
    interaction: discord.Interaction[Bot], inputs: Sequence[ImageInput], use: ImageUse, fetch: PublicFetch
) -> list[_CheckedImage]:
    prepare = partial(interaction.client.services.images.prepare, use=use, member=interaction.user.id)
    download = partial(fetch.fetch, member=interaction.user.id, max_bytes=MAX_IMAGE_BYTES)
    several = len(inputs) > 1
    tasks = [asyncio.create_task(_check_image(each, prepare, download, name_option=several)) for each in inputs]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        # Their images count as the member's until the workers are free of them.
        await asyncio.wait(tasks)


def _check_distinct(inputs: Sequence[ImageInput], images: Sequence[_CheckedImage]) -> None:
    first: dict[bytes, str] = {}
    for each, picture in zip(inputs, images, strict=True):
        earlier = first.setdefault(picture.digest, each.option)
        if earlier != each.option:
            raise ImageError(f"`{each.option}` is the same picture as `{earlier}`. Give each picture once.")


async def _check_image(each: ImageInput, prepare: _Prepare, download: _Download, *, name_option: bool) -> _CheckedImage:
    try:
        if isinstance(each.source, discord.Attachment):
            url, name, data = each.source.url, each.source.filename, await _read(each.source)
        else:
            url = read_address(each.source)
            name, data = URL(url).name or each.option, await download(url)
        prepared = await prepare(data, name)
    except UserError as error:
        if name_option:
            raise ImageError(f"`{each.option}`: {error.text}") from error
        raise
    usable = prepared.data is None and PurePosixPath(URL(url).path).suffix.lower() in _API_SUFFIXES
    return _CheckedImage(
        url, hashlib.sha256(data).digest(), prepared, data=prepared.data or data, needs_copy=not usable
    )


async def _read(attachment: discord.Attachment) -> bytes:
    try:
        return await attachment.read()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise ImageError("Discord did not hand over the attached picture. Attach it again.") from error


async def _upload_copies(interaction: discord.Interaction[Bot], images: list[_CheckedImage]) -> tuple[ApiImage, ...]:
    copies = [(each.data, each.prepared) for each in images if each.needs_copy]
    if copies and upload_limit(interaction) == 0:
        raise ImageError(_NO_COPIES)
    copy_urls = iter(await _send_copies(interaction, copies) if copies else ())
    return tuple(
        ApiImage(next(copy_urls) if each.needs_copy else each.url, each.prepared.width, each.prepared.height)
        for each in images
    )


async def _send_copies(interaction: discord.Interaction[Bot], copies: list[tuple[bytes, PreparedImage]]) -> list[str]:
    """Upload the files in an ephemeral message to the member; returns their URLs."""
    notes = [prepared.note for _, prepared in copies if prepared.note] or ["ImaginePro gets this copy of the picture."]
    files = [discord.File(io.BytesIO(data), filename=prepared.filename) for data, prepared in copies]
    try:
        await interaction.response.defer(thinking=True)
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            # The first message replaces the public "thinking" and is public too, so it must not be the member's file.
            await interaction.edit_original_response(view=plain_view(_PREPARING))
        message = await interaction.followup.send("\n".join(notes), files=files, ephemeral=True, wait=True)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise ImageError("Discord did not take the converted picture, so nothing was started. Try again.") from error
    return [attachment.url for attachment in message.attachments]


def images_by_address(option: str, typed: str | None) -> list[ImageInput]:
    """The pictures whose web addresses were typed into the option; none for an option left out.

    Members without the permission to attach files can give pictures in no other way. Raises UserError.
    """
    if typed is None:
        return []
    addresses = read_addresses(typed)
    if len(addresses) > MAX_ADDRESSES:
        raise ImageError(f"`{option}` has {len(addresses)} web addresses; {MAX_ADDRESSES} are the most. Leave one out.")
    if len(addresses) == 1:
        return [ImageInput(option, addresses[0])]
    return [ImageInput(f"{option} {number}", address) for number, address in enumerate(addresses, 1)]


def image_input(option: str, attachment: discord.Attachment | None, url: str | None) -> ImageInput:
    """The picture attached to `option` or given to `option`_url. Raises ImageError unless it is exactly one."""
    if attachment is not None and url is not None:
        raise ImageError(f"Give either `{option}` or `{option}_url`, not both.")
    if attachment is not None:
        return ImageInput(option, attachment)
    if url is not None:
        return ImageInput(f"{option}_url", url)
    raise ImageError(f"Attach a picture to `{option}`, or give its web address to `{option}_url`.")
