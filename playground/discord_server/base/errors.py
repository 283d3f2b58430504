"""What the local Discord refuses, in Discord's own codes."""

from .json import Json


class DiscordError(Exception):
    """A refusal: an HTTP status and the JSON body that Discord would send with it."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.more: Json = {}

    def body(self) -> Json:
        """The answer's body."""
        body: Json = {"message": self.message, "code": self.code, **self.more}
        if self.errors:
            body["errors"] = self.errors
        return body


class Refused(Exception):
    """An action that is refused before any bot sees it; the text is for the member.

    `code` is Discord's, where it is Discord that refuses the action and not the member's own client.
    """

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


REASONS: dict[str, tuple[int, int, str]] = {
    "unauthorized": (401, 0, "401: Unauthorized"),
    "not_found": (404, 0, "404: Not Found"),
    "method_not_allowed": (405, 0, "405: Method Not Allowed"),
    "internal": (500, 0, "500: Internal Server Error"),
    "unknown_application": (404, 10002, "Unknown Application"),
    "unknown_channel": (404, 10003, "Unknown Channel"),
    "unknown_guild": (404, 10004, "Unknown Guild"),
    "unknown_member": (404, 10007, "Unknown Member"),
    "unknown_message": (404, 10008, "Unknown Message"),
    "unknown_user": (404, 10013, "Unknown User"),
    "unknown_webhook": (404, 10015, "Unknown Webhook"),
    "unknown_interaction": (404, 10062, "Unknown interaction"),
    "unknown_command": (404, 10063, "Unknown application command"),
    "too_many_commands": (400, 30034, "Max number of daily application command creates has been reached (200)"),
    "too_old_edits": (
        429,
        30046,
        "Maximum number of edits to messages older than 1 hour reached. Try again later.",
    ),
    "explicit_content": (403, 20009, "Explicit content cannot be sent to the desired recipient(s)"),
    "too_large": (413, 40005, "Request entity too large"),
    "too_many_follow_ups": (400, 40094, "This interaction has hit the maximum number of follow up messages"),
    "entry_point_left_out": (
        400,
        50240,
        "You cannot remove this app's Entry Point command in a bulk update operation. Please include the Entry Point "
        "command in your update request or delete it separately.",
    ),
    "acknowledged": (400, 40060, "Interaction has already been acknowledged."),
    "missing_access": (403, 50001, "Missing Access"),
    "foreign_message": (403, 50005, "Cannot edit a message authored by another user"),
    "non_text_channel": (400, 50008, "Cannot send messages in a non-text channel"),
    "empty_message": (400, 50006, "Cannot send an empty message"),
    "archived_thread": (400, 50083, "Thread is archived"),
    "locked_thread": (403, 160005, "Thread is locked"),
    "reply_without_history": (403, 160002, "Cannot reply without permission to read message history"),
    "cannot_dm": (403, 50007, "Cannot send messages to this user"),
    "no_mutual_guild": (403, 50278, "Cannot send messages to this user due to having no mutual guilds"),
    "dms_too_fast": (403, 40003, "You are opening direct messages too fast"),
    "missing_permissions": (403, 50013, "Missing Permissions"),
    "foreign_application": (403, 20012, "You are not authorized to perform this action on this application"),
    "invalid_webhook_token": (401, 50027, "Invalid Webhook Token"),
    "invalid_form": (400, 50035, "Invalid Form Body"),
    "invalid_version": (400, 50041, "Invalid API version"),
    "invalid_json": (400, 50109, "The request body contains invalid JSON."),
    "blocked_by_automod": (400, 200000, "Message was blocked by automatic moderation"),
    "harmful_link": (400, 240000, "Message blocked by harmful links filter"),
}


def refusal(reason: str, errors: Json | None = None) -> DiscordError:
    """The error of that name, to be raised."""
    return DiscordError(*REASONS[reason], errors)


def too_old_to_edit(retry_after: float) -> DiscordError:
    """The error for one more edit of an old message; seconds until another is taken."""
    error = refusal("too_old_edits")
    error.more = {"retry_after": round(retry_after, 3), "global": False}
    return error


def not_a_snowflake(value: str) -> DiscordError:
    """The error for an id in a path that is no number."""
    problem = {"code": "NUMBER_TYPE_COERCE", "message": f'Value "{value}" is not snowflake.'}
    return refusal("invalid_form", {"_errors": [problem]})
