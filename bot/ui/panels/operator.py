"""The answers to /operator commands, one panel each; everything from the API is escaped."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import discord
from discord import ui

from bot.imaginepro import Account, HistoryItem, JobStatus, LinkedAccount, MessageTrace
from bot.services.admin.operator import CommandResult
from bot.ui.base.text import escape, shorten

_COLOUR = discord.Colour(0x5865F2)
_MAX_PANEL = 3900
_MAX_TITLE = 120
_MAX_FACT = 300
_MAX_PROMPT = 120
_MAX_URL = 200
_NO_VALUE = "–"
_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")


def accounts_panel(accounts: list[LinkedAccount]) -> ui.LayoutView:
    """The linked accounts, one per line."""
    if not accounts:
        return _panel("Linked accounts", ["None is linked."])
    return _panel(
        "Linked accounts",
        [f"{_status_emoji(account)} **{_fact(account.id)}** · {_account_state(account)}" for account in accounts],
    )


def account_panel(account: LinkedAccount) -> ui.LayoutView:
    """One linked account, with what Midjourney reports about it."""
    facts = {"Server": account.server_id, "Channel": account.channel_id}
    lines = [
        f"{_status_emoji(account)} {_account_state(account)}",
        *_facts(facts),
        *_facts(_readable_names(account.info)),
    ]
    return _panel(f"Linked account {_fact(account.id)}", lines)


def account_choice(account: LinkedAccount) -> str:
    """The account as an autocomplete choice."""
    return shorten(f"{account.id} · {'active' if account.active else 'off'} · {account.status or 'unknown'}", 100)


def trace_panel(trace: MessageTrace) -> ui.LayoutView:
    """Which linked account ran a job."""
    facts = {"Job": trace.message_id, "Account": trace.account_id, "Status": trace.status, "Channel": trace.channel_id}
    return _panel("Trace", [*_facts(facts), *_facts(_readable_names(trace.info))])


def command_panel(cmd: str, account_id: str, result: CommandResult) -> ui.LayoutView:
    """The answer to a Midjourney command, or why it is not known."""
    job = result.job
    lines: list[str] = []
    if job is not None and job.status is JobStatus.DONE:
        lines = [_fact(line) for text in job.texts for line in text.splitlines()] or ["Done, without a word."]
    elif job is not None and job.status is JobStatus.FAILED:
        lines = [f"⚠️ It failed: {_fact(job.error or 'ImaginePro gives no reason.')}"]
    if result.trouble is not None:
        lines.append(f"⚠️ {_fact(result.trouble)}")
    if job is not None:
        lines.append(f"-# {_fact(job.message_id)}")
    return _panel(f"/{_fact(cmd)} on account {_fact(account_id)}", lines)


def history_panel(page: int, items: list[HistoryItem]) -> ui.LayoutView:
    """One page of the account's pictures."""
    lines = [line for item in items for line in _history_lines(item)]
    return _panel(f"History, page {page}", lines or ["No picture of the last 24 hours is on this page."])


def plan_panel(account: Account) -> ui.LayoutView:
    """The plan, the credits left and the expiry."""
    left, quota = _count(account.credits), _count(account.credits_quota)
    facts = {"Plan": account.plan, "Credits": f"{left} of {quota}", "Extra credits": _count(account.credits_extra)}
    return _panel("The account", [*_facts(facts), f"**Expires** {_date(account.expires_at)}"])


def answer_panel(title: str, answer: object) -> ui.LayoutView:
    """The JSON that an unpublished call returned."""
    if answer is None:
        return _panel(_fact(title, _MAX_TITLE), ["ImaginePro said yes and nothing more."])
    # Nothing may end the code block or reverse the text direction.
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    plain = "".join(char if _is_plain(char) else json.dumps(char)[1:-1] for char in text).replace("`", "\\u0060")
    return _panel(_fact(title, _MAX_TITLE), ["```json", shorten(plain, _MAX_PANEL - 200), "```"])


def _is_plain(character: str) -> bool:
    return character.isprintable() or character == "\n"


def _panel(title: str, lines: Iterable[str]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    text = "\n".join([f"**{title}**", *lines])
    view.add_item(ui.Container(ui.TextDisplay(_whole_lines(text)), accent_colour=_COLOUR))
    return view


def _whole_lines(text: str) -> str:
    """As many whole lines as fit into a message; a cut line could break a link."""
    if len(text) <= _MAX_PANEL:
        return text
    return text[:_MAX_PANEL].rpartition("\n")[0] + "\n…"


def _history_lines(item: HistoryItem) -> list[str]:
    what = f"{_fact(item.prompt or 'without a prompt', _MAX_PROMPT)}"
    facts = [_fact(each, 40) for each in (item.button or item.kind,) if each]
    if item.created_at is not None:
        facts.append(f"<t:{int(item.created_at.timestamp())}:R>")
    facts.append(_fact(item.message_id, 60))
    url = (item.image_url or "").replace("<", "%3C").replace(">", "%3E")
    if 0 < len(url) <= _MAX_URL:
        facts.append(f"[picture](<{url}>)")
    return [what, f"-# {' · '.join(facts)}"]


def _account_state(account: LinkedAccount) -> str:
    at_once = _NO_VALUE if account.concurrency is None else str(account.concurrency)
    activity = "active" if account.active else "switched off"
    return f"{activity} · {_fact(account.status or 'status unknown')} · {at_once} jobs at once"


def _status_emoji(account: LinkedAccount) -> str:
    return "🟢" if account.active else "⚪"


def _readable_names(info: Mapping[str, str | None]) -> dict[str, str | None]:
    """The API's field names as words: "queuedJobsFast" becomes "Queued jobs fast"."""
    return {_CAMEL_CASE_BOUNDARY.sub(" ", name).capitalize(): value for name, value in info.items()}


def _facts(facts: Mapping[str, str | None]) -> list[str]:
    return [f"**{_fact(name)}** {_fact(value or _NO_VALUE)}" for name, value in facts.items()]


def _fact(text: str, limit: int = _MAX_FACT) -> str:
    return shorten(escape(text), limit)


def _count(number: int | None) -> str:
    return "unknown" if number is None else str(number)


def _date(time: datetime | None) -> str:
    return "unknown" if time is None else f"<t:{int(time.timestamp())}:D>"
