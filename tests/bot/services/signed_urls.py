"""Signed URLs of pictures, and a scripted service that refreshes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.services.jobs.attachment_urls import AttachmentUrls, NotRefreshed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PREFIXES = ("https://cdn.discordapp.com/attachments/", "https://media.discordapp.net/attachments/")


def signed(name: str, validity: timedelta, prefix: str = PREFIXES[0]) -> str:
    """A picture URL that is valid for this time."""
    return f"{prefix}1/2/{name}.png?ex={int((NOW + validity).timestamp()):x}&is=1a&hm=2b&"


OLD = signed("fox", timedelta(days=-1))
NEW = signed("fox", timedelta(days=1))


class ScriptedRefresher:
    """A refresher with these new URLs; records its requests. `refusal` is the reason of a failure."""

    def __init__(self, known: Mapping[str, str] | None = None, *, refusal: str | None = None) -> None:
        self.known, self.refusal = known or {}, refusal
        self.asked: list[Sequence[str]] = []

    async def refreshed(self, urls: Sequence[str]) -> Mapping[str, str]:
        """Implements `bot.services.jobs.attachment_urls.UrlRefresher`."""
        self.asked.append(urls)
        if self.refusal is not None:
            raise NotRefreshed(self.refusal)
        return self.known


def attachment_urls(refresher: ScriptedRefresher | None = None) -> AttachmentUrls:
    """Attachment URLs with `NOW` as the current time."""
    return AttachmentUrls(PREFIXES, refresher or ScriptedRefresher(), now=lambda: NOW)
