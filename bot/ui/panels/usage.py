"""The answer to /credits: what a member has used, and what the bot's accounts have left."""

from collections.abc import Sequence

from bot.imaginepro import Account, ImagineProError
from bot.services.admin.usage import UsageByPeriod
from bot.store import Usage
from bot.ui.base.text import escape, price

_UNKNOWN = "not known"


def usage_text(usage: UsageByPeriod, *, in_server: bool) -> str:
    """The member's jobs and credits today, in 30 days and in total."""
    where = "in this server" if in_server else "in these direct messages"
    return "\n".join(
        [
            f"**Your use {where}**",
            f"Today (UTC): {_usage(usage.today)}",
            f"Last 30 days: {_usage(usage.month)}",
            f"In total: {_usage(usage.total)}",
        ]
    )


def accounts_text(accounts: Sequence[Account | ImagineProError]) -> str:
    """The balance of each of the bot's accounts, or why it can't be read."""
    if len(accounts) == 1:
        return _account(accounts[0], "The account behind this bot")
    return "\n\n".join(
        _account(each, f"Account {number} of {len(accounts)}") for number, each in enumerate(accounts, 1)
    )


def _account(account: Account | ImagineProError, title: str) -> str:
    """The account's balance, plan, quota and expiry, as far as the API returns them."""
    if isinstance(account, ImagineProError):
        return f"**{title}**\nThe account's balance can't be read: {escape(account.text)}"
    left = _UNKNOWN if account.balance is None else price(account.balance)
    extra = f", {account.credits_extra} of them extra" if account.credits_extra else ""
    quota = _UNKNOWN if account.credits_quota is None else price(account.credits_quota)
    until = _UNKNOWN if account.expires_at is None else f"<t:{int(account.expires_at.timestamp())}:D>"
    return "\n".join(
        [
            f"**{title}**",
            f"Balance: {left}{extra}",
            f"Plan: {escape(account.plan) if account.plan else _UNKNOWN}",
            f"Quota of the plan: {quota}",
            f"Valid until: {until}",
        ]
    )


def _usage(usage: Usage) -> str:
    if not usage.jobs:
        return "nothing"
    jobs = "1 job" if usage.jobs == 1 else f"{usage.jobs} jobs"
    known = f"{jobs}, {price(usage.credits)}"
    if not usage.unpriced:
        return known
    return f"{known}; the price of {usage.unpriced} is not published"
