"""Bot tokens of Discord's form."""

import base64

from . import seed


def bot_token(secret: str) -> str:
    """A token that tells the bot's id before its first dot, where hikari and others read it."""
    return f"{base64.b64encode(seed.APPLICATION_ID.encode()).decode().rstrip('=')}.local.{secret}"
