"""The errors of the image API, each with a sentence for the user.

Every class can be created without arguments (then its own sentence is used) and pickled, because a durable workflow
stores the error that ended a step.
"""

from bot.errors import UserError


class ImagineProError(UserError):
    """The image API could not do what was asked; `text` is the sentence for the user.

    `may_have_created` is True when the request may have had its effect nevertheless: a paid job may exist. Look for
    it (History, or the webhook's `ref`) before repeating the request.
    """

    sentence = "ImaginePro could not do this."
    # "Try again" would be bad advice where the first try may have been charged.
    uncertain_sentence = "ImaginePro gave no clear answer, so it is not certain whether this was done."

    def __init__(self, text: str | None = None, *, may_have_created: bool = False) -> None:
        super().__init__(text or (self.uncertain_sentence if may_have_created else self.sentence))
        self.may_have_created = may_have_created


class Unreachable(ImagineProError):
    """No connection, or one that broke before the answer was complete."""

    sentence = "ImaginePro cannot be reached right now. Try again in a few minutes."


class TimedOut(Unreachable):
    """No connection or no complete answer within the time allowed."""

    sentence = "ImaginePro did not answer in time. Try again in a few minutes."


class NoTurn(ImagineProError):
    """A free call that was not sent, because jobs needed every turn of the rate limit."""

    sentence = "The bot is busy sending jobs to ImaginePro, which come first. Try again in a minute."


class StatusError(ImagineProError):
    """The API answered with an error.

    `status` is the HTTP status (also 200 with `success: false`). `reason` is the API's own message, safe to show (one
    line, shortened, without the key), or `None`.
    """

    sentence = "ImaginePro refused the request."

    def __init__(
        self,
        text: str | None = None,
        *,
        status: int = 0,
        reason: str | None = None,
        may_have_created: bool = False,
    ) -> None:
        super().__init__(text, may_have_created=may_have_created)
        self.status = status
        self.reason = reason


class Unauthorized(StatusError):
    """401 whose cause is unknown: the key or the credits."""

    sentence = (
        "ImaginePro did not authorize this request: "
        "the API key may be wrong, or the credits may not suffice for this job."
    )


class KeyRefused(Unauthorized):
    """The API key is wrong, expired or withdrawn."""

    sentence = "ImaginePro refused the bot's API key. Whoever runs this bot must check it."


class CreditsUsedUp(Unauthorized):
    """The account has no credits left."""

    sentence = "ImaginePro's credits are used up. Whoever runs this bot must add some."


class Forbidden(StatusError):
    """403 for a reason other than a full queue."""

    sentence = "ImaginePro does not allow this request."


class QueueFull(StatusError):
    """The account has as many jobs waiting as the plan allows."""

    sentence = "ImaginePro's queue is full. Wait until a running job has ended, then try again."


class PromptRefused(StatusError):
    """The prompt was refused before a job existed; the same prompt will be refused again."""

    sentence = "ImaginePro refused this prompt. Reword it and try again."


class RequestRefused(StatusError):
    """400 and similar: a field or button that the API does not accept; a retry changes nothing."""

    sentence = "ImaginePro did not accept this request."


class UnknownJob(StatusError):
    """The API does not know the job, or no longer."""

    sentence = "ImaginePro no longer knows this job; it is probably too old."


class Busy(StatusError):
    """429 that lasted longer than the client may wait; `retry_after` is in seconds, as asked for by the API."""

    sentence = "ImaginePro is busy. Try again in a minute."

    def __init__(
        self,
        text: str | None = None,
        *,
        status: int = 429,
        reason: str | None = None,
        may_have_created: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text, status=status, reason=reason, may_have_created=may_have_created)
        self.retry_after = retry_after


class ServerFault(StatusError):
    """5xx, or an answer that cannot be read."""

    sentence = "ImaginePro has a problem of its own. Try again in a few minutes."


class PictureError(ImagineProError):
    """A picture could not be fetched."""

    sentence = "The picture could not be fetched."


class PictureGone(PictureError):
    """There is no picture at the URL, or no longer."""

    sentence = "The picture is no longer there."


class PictureTooLarge(PictureError):
    """The picture has more bytes than the caller allows."""

    sentence = "The picture is too large."


class PictureNotAllowed(PictureError):
    """The URL is not one where ImaginePro stores pictures."""

    sentence = "The picture lies at an address the bot does not fetch from."
