"""What is wrong with the application's settings in Discord's developer portal, as `GET /applications/@me` shows them.

Fields: https://docs.discord.com/developers/resources/application#application-object
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord

from bot.client.invitation import NEEDED, SCOPES, missing_permissions

_Flags = discord.ApplicationFlags
_PRIVILEGED = {
    "Presence": _Flags.gateway_presence.flag | _Flags.gateway_presence_limited.flag,
    "Server Members": _Flags.gateway_guild_members.flag | _Flags.gateway_guild_members_limited.flag,
    "Message Content": _Flags.gateway_message_content.flag | _Flags.gateway_message_content_limited.flag,
}
"""The flags of each privileged intent, for applications in more and in fewer than a hundred servers."""

_GUILD_INSTALL, _USER_INSTALL = "0", "1"
_VERIFIED_FROM = 75
"""Servers from which on Discord lets an application be verified; without that it stays below a hundred."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A setting that should be changed. One that `fails` keeps the bot from working; others are only worth a look."""

    text: str
    fails: bool = False


def findings(application: Mapping[str, Any]) -> list[Finding]:
    """What should be changed in the portal, with the page where that is done; failures first."""
    found = [*_interactions(application), *_invitation(application), *_install_links(application), *_other(application)]
    return sorted(found, key=lambda each: not each.fails)


def _interactions(application: Mapping[str, Any]) -> Iterator[Finding]:
    if application.get("interactions_endpoint_url"):
        yield Finding(
            "Interactions Endpoint URL is set, so Discord sends commands and presses there and this bot gets none. "
            "Clear it under General Information.",
            fails=True,
        )


def _invitation(application: Mapping[str, Any]) -> Iterator[Finding]:
    if application.get("bot_require_code_grant"):
        yield Finding(
            "Requires OAuth2 Code Grant is on, so the invitation ends with an error. Switch it off under Bot.",
            fails=True,
        )
    installs = application.get("integration_types_config")
    if installs is not None and _GUILD_INSTALL not in installs:
        yield Finding(
            "Guild Install is off, so no server can add the bot. Switch it on under Installation.", fails=True
        )
    if installs is not None and _USER_INSTALL in installs:
        yield Finding(
            "User Install is on, but the bot has no commands for those who add it to their account. "
            "Switch it off under Installation."
        )
    if application.get("bot_public") is False:
        yield Finding(
            "Public Bot is off, so only its owner can add it to servers. If others should, switch it on under Bot."
        )
    if application.get("approximate_guild_count") == 0:
        yield Finding("The bot is in no server yet. Open the invitation.")


def _install_links(application: Mapping[str, Any]) -> Iterator[Finding]:
    """Those who add the bot from its profile do so with these links, not with the invitation."""
    of_guild = (application.get("integration_types_config") or {}).get(_GUILD_INSTALL) or {}
    if custom := application.get("custom_install_url"):
        asked = parse_qs(urlsplit(custom).query)
        scopes, permissions = asked.get("scope", [""])[0].split(), asked.get("permissions", ["0"])[0]
    elif params := of_guild.get("oauth2_install_params") or application.get("install_params"):
        scopes, permissions = params["scopes"], params["permissions"]
    else:
        return
    granted = int(permissions) if permissions.isdecimal() else 0
    lacking = [*(scope for scope in SCOPES if scope not in scopes), *missing_permissions(granted)]
    if lacking:
        yield Finding(
            f"The install link lacks {', '.join(lacking)}: who adds the bot from its profile gives it too little. "
            "Set them under Installation."
        )
    if discord.Permissions(granted).administrator:
        yield Finding(
            f"The install link asks for Administrator, which the bot does not need; {NEEDED.value} is enough. "
            "Change it under Installation."
        )


def _other(application: Mapping[str, Any]) -> Iterator[Finding]:
    flags: int = application.get("flags") or 0
    if privileged := [name for name, bits in _PRIVILEGED.items() if flags & bits]:
        yield Finding(f"The bot needs no privileged intents. Switch off under Bot: {', '.join(privileged)}.")
    if flags & _Flags.verification_pending_guild_limit.flag:
        yield Finding("Discord holds the bot's growth back as unusual. Its support has to end that.")
    if flags & _Flags.embedded.flag:
        yield Finding("Activities are on. Their entry point is kept, but the bot has no Activity behind it.")
    papers = ("terms_of_service_url", "privacy_policy_url")
    if application.get("approximate_guild_count", 0) >= _VERIFIED_FROM and not all(map(application.get, papers)):
        yield Finding(
            "From a hundred servers on a bot must be verified, which takes a Terms of Service URL and a Privacy Policy "
            "URL. Set them under General Information."
        )
