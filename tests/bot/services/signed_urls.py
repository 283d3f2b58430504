"""Signed addresses of pictures, and somebody who renews them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.services.jobs.attachment_urls import AttachmentUrls, NotRefreshed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLACES = ("https://cdn.discordapp.com/attachments/", "https://media.discordapp.net/attachments/")


def signed(name: str, left: timedelta, place: str = PLACES[0]) -> str:
    """The address of a picture that works so long still."""
    return f"{place}1/2/{name}.png?ex={int((NOW + left).timestamp()):x}&is=1a&hm=2b&"


OLD = signed("fox", timedelta(days=-1))
NEW = signed("fox", timedelta(days=1))


class Scripted:
    """Knows these new addresses and what it was asked for; `refusal` is the reason why there are none."""

    def __init__(self, known: Mapping[str, str] | None = None, *, refusal: str | None = None) -> None:
        self.known, self.refusal = known or {}, refusal
        self.asked: list[Sequence[str]] = []

    async def refreshed(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """As `bot.services.jobs.attachment_urls.UrlRefresher` has it."""
        self.asked.append(addresses)
        if self.refusal is not None:
            raise NotRefreshed(self.refusal)
        return self.known


def addresses(renewal: Scripted | None = None) -> AttachmentUrls:
    """Addresses that are judged by `NOW`."""
    return AttachmentUrls(PLACES, renewal or Scripted(), now=lambda: NOW)
