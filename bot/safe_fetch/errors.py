"""Why a download failed, each error with the sentence for the member who typed the address."""

from bot.errors import UserError
from bot.http_download import InvalidAddress


class FetchError(UserError):
    """No picture from this address; `text` says why and what to do, and repeats no part of the address."""

    sentence = "The picture could not be fetched from its address. Attach the file instead."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.sentence)


class NotPublic(FetchError, InvalidAddress):
    """The address, or one it redirects to, is not public."""

    sentence = "This is not a public web address. Use one that anybody can open, or attach the file instead."


class Unreachable(FetchError):
    """No host of this name, no connection, one that broke, or a server error."""

    sentence = "Nothing answers at the picture's address. Check it, or attach the file instead."


class TooSlow(FetchError):
    """The download took longer than allowed."""

    sentence = "The picture's address did not answer in time. Try again, or attach the file instead."


class TooManyAtOnce(FetchError):
    """The member has as many downloads or lookups as allowed."""

    sentence = (
        "Many images of yours are being downloaded already. Try again when they are done, or attach the file instead."
    )


class TooBig(FetchError):
    """The picture has more bytes than allowed."""

    sentence = "The picture at this address is too large. Use a smaller copy."


class NotFound(FetchError):
    """The server has nothing there, or only after a login."""

    sentence = "There is no picture at this address that everybody may open. Check it, or attach the file instead."


class NotAnImage(FetchError):
    """The server sends something else, mostly a web page."""

    sentence = (
        "This is the address of a page, not of a picture. Open the picture itself and copy its address, "
        "or attach the file instead."
    )


class RedirectLoop(FetchError):
    """Too many redirects."""

    sentence = "The picture's address leads on and on to other addresses. Attach the file instead."
