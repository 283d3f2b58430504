"""Calls of the DIY plan without a published path, for queue and banned words; the settings give the paths."""

from collections.abc import Mapping
from enum import StrEnum

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall

_UNCERTAIN = (
    "ImaginePro gave no clear answer, so this may have been done. It was not sent again. "
    "See how things stand before you ask again."
)


class QueueAction(StrEnum):
    """The actions on the queue."""

    COUNT = "count"
    PAUSE = "pause"
    RESUME = "resume"
    REBOOT = "reboot"


class WordAction(StrEnum):
    """The actions on the banned words."""

    SHOW = "show"
    ADD = "add"
    REMOVE = "remove"


class UnpublishedCalls:
    """Each call returns the API's answer unchanged. It raises `UserError` when its path is not set.

    It does so too when a change may have been made without an answer.
    """

    def __init__(self, api: ImagineProClient, endpoints: Mapping[UnpublishedCall, Endpoint]) -> None:
        self._api = api
        self._endpoints = endpoints

    async def queue(self, action: QueueAction) -> object:
        """The API's answer to an action on the queue."""
        return await self._call(UnpublishedCall[f"QUEUE_{action.name}"])

    async def ban_words(self, action: WordAction, word: str | None = None) -> object:
        """The API's answer to an action on the words. Raises `UserError` for a missing or an unneeded word."""
        given = (word or "").strip()
        if action is WordAction.SHOW and given:
            raise UserError("All words are shown, so leave the option word out.")
        if action is not WordAction.SHOW and not given:
            raise UserError(f"Give the word to {action} as well.")
        return await self._call(UnpublishedCall[f"BANWORDS_{action.name}"], **({"word": given} if given else {}))

    async def account_queue(self, account_id: str) -> object:
        """The API's answer about the queue of one linked account."""
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
