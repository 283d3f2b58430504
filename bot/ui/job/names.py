"""Short names of jobs, for lists and autocomplete choices."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from discord.app_commands import Choice

from bot.services.kinds import request_of
from bot.services.prompt import clean_text
from bot.store import JobRecord, JobState
from bot.ui.base.text import age, shorten

MAX_CHOICE = 100
_MAX_ACTION_NAME = 30


def action_name(job: JobRecord) -> str:
    """The name of the button that was pressed, or of the command."""
    name = job.button if job.button is not None else request_of(job).name
    return shorten(clean_text(name or ""), _MAX_ACTION_NAME) or "Imagine"


def state_label(job: JobRecord) -> str:
    """The job's state in a word or two."""
    match job.state:
        case JobState.DONE:
            return "done"
        case JobState.FAILED:
            return "failed"
        case JobState.CANCELLED:
            return "cancelled"
        case JobState.UNCONFIRMED:
            return "never confirmed"
        case JobState.RECORDED | JobState.WAITING | JobState.DISPATCHED | JobState.SUBMITTING:
            return "in line"
        case JobState.RUNNING:
            return "under way"


def job_choice(job: JobRecord) -> Choice[str]:
    """An autocomplete choice for the job; its value is the job's id."""
    title, tail = action_name(job), f" · {age(job.created_at, datetime.now(UTC))}"
    if words := clean_text(job.words):
        title, tail = words, f" · {title}{tail}"
    return Choice(name=f"{shorten(title, MAX_CHOICE - len(tail))}{tail}", value=job.id)


def with_unique_names(choices: Iterable[Choice[str]]) -> list[Choice[str]]:
    """The choices, with a number after each repeated name: Discord and people can't distinguish equal ones."""
    seen: Counter[str] = Counter()
    unique: list[Choice[str]] = []
    for choice in choices:
        seen[choice.name] += 1
        tail = f" ({seen[choice.name]})" if seen[choice.name] > 1 else ""
        unique.append(Choice(name=f"{shorten(choice.name, MAX_CHOICE - len(tail))}{tail}", value=choice.value))
    return unique
