"""The first answer to each interaction: in time, of the right kind, and found again when its confirmation is lost."""

from bot.client.answers.arrivals import Arrivals, ServedForm
from bot.client.answers.deferral import PRIVATE_ANSWER, Deferral
from bot.client.answers.response import FormOpenedLater, TimelyResponse
from bot.client.answers.unconfirmed import ConfirmingSession, Unconfirmed

__all__ = [
    "PRIVATE_ANSWER",
    "Arrivals",
    "ConfirmingSession",
    "Deferral",
    "FormOpenedLater",
    "ServedForm",
    "TimelyResponse",
    "Unconfirmed",
]
