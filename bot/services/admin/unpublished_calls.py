"""The calls of the DIY plan that the API does not publish: queue and banned words, at paths from the settings."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import ImagineProError
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall

_UNCERTAIN = (
    "ImaginePro gave no clear answer, so this may have been done. It was not sent again. "
    "See how things stand before you ask again."
)


class QueueAction(StrEnum):
    """What can be done with the queue."""

    COUNT = "count"
    PAUSE = "pause"
    RESUME = "resume"
    REBOOT = "reboot"


class WordAction(StrEnum):
    """What can be done with the banned words."""

    SHOW = "show"
    ADD = "add"
    REMOVE = "remove"


class UnpublishedApi(Protocol):
    """The part of the API client that these calls need."""

    async def unpublished(self, method: str, path: str, fields: Mapping[str, str]) -> object:
        """The answer without credentials, None when it is empty; raises `ImagineProError`."""
        ...


class UnpublishedCalls:
    """Every call gives the API's answer, whatever it is, and raises `UserError` when its path is not set.

    Also when it is not certain whether something that was to be changed has been changed.
    """

    def __init__(self, api: UnpublishedApi, endpoints: Mapping[UnpublishedCall, Endpoint]) -> None:
        self._api = api
        self._endpoints = endpoints

    async def queue(self, action: QueueAction) -> object:
        """What the API says of the queue, or does with it."""
        return await self._call(UnpublishedCall[f"QUEUE_{action.name}"])

    async def ban_words(self, action: WordAction, word: str | None = None) -> object:
        """What the API says of the banned words; raises `UserError` when a word is missing or one too many."""
        given = (word or "").strip()
        if action is WordAction.SHOW and given:
            raise UserError("All words are shown, so leave the option word out.")
        if action is not WordAction.SHOW and not given:
            raise UserError(f"Give the word to {action} as well.")
        return await self._call(UnpublishedCall[f"BANWORDS_{action.name}"], **({"word": given} if given else {}))

    async def account_queue(self, account_id: str) -> object:
        """What the API says of one linked account's queue."""
        return await self._call(UnpublishedCall.ACCOUNT_QUEUE, id=account_id.strip())

    async def _call(self, call: UnpublishedCall, **fields: str) -> object:
        endpoint = self._endpoints.get(call)
        if endpoint is None:
            raise UserError(
                f"This needs the setting {call}, because ImaginePro does not publish where to ask for it. "
                "Get method and path from its support, and set them."
            )
        try:
            return await self._api.unpublished(endpoint.method, endpoint.path, fields)
        except ImagineProError as error:
            if not error.may_have_created:
                raise
            raise UserError(_UNCERTAIN) from error
