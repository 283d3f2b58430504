"""Why there is no picture from an address, each reason with the sentence for the member who typed it."""

from bot.errors import UserError


class FetchError(UserError):
    """The address gave no picture; `text` says why and what to do, and repeats nothing of the address."""

    sentence = "The picture could not be fetched from its address. Attach the file instead."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.sentence)


class NotPublic(FetchError):
    """The address, or one it leads to, is none that everybody on the internet can open."""

    sentence = "This is not a public web address. Use one that anybody can open, or attach the file instead."


class Unreachable(FetchError):
    """No server by this name, no connection, or one that broke; or the server has troubles of its own."""

    sentence = "Nothing answers at the picture's address. Check it, or attach the file instead."


class TooSlow(FetchError):
    """The picture was not there within the time allowed."""

    sentence = "The picture's address did not answer in time. Try again, or attach the file instead."


class TooBig(FetchError):
    """The picture has more bytes than allowed."""

    sentence = "The picture at this address is too large. Use a smaller copy."


class NotFound(FetchError):
    """The server has nothing there, or not for everybody."""

    sentence = "There is no picture at this address that everybody may open. Check it, or attach the file instead."


class NotAnImage(FetchError):
    """What the server sends is something else, mostly a web page."""

    sentence = (
        "This is the address of a page, not of a picture. Open the picture itself and copy its address, "
        "or attach the file instead."
    )


class RedirectLoop(FetchError):
    """One redirect after the other."""

    sentence = "The picture's address leads on and on to other addresses. Attach the file instead."
