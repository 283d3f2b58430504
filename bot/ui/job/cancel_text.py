"""The answer to /cancel: whether the job was cancelled, and what it may have cost."""

from bot.services.jobs.service import CancelResult
from bot.store import JobRecord, JobState
from bot.ui.base.location import message_link
from bot.ui.base.text import escape


def cancel_text(result: CancelResult) -> str:
    """A sentence about the result of cancelling a job, and what the job may have cost."""
    job = result.job
    match job.state:
        case JobState.CANCELLED:
            return _cancelled(job)
        case JobState.DONE:
            return f"It was finished before it could be cancelled: see {_reply_link(job)}."
        case JobState.FAILED | JobState.UNCONFIRMED:
            return f"It had ended already. {escape(job.reason or 'There is no picture.')}"
        case JobState.RECORDED | JobState.WAITING | JobState.DISPATCHED | JobState.SUBMITTING | JobState.RUNNING:
            if result.refusal is not None:
                return escape(result.refusal)
            return f"It has not stopped yet. The bot keeps trying; {_reply_link(job)} shows what becomes of it."


def _cancelled(job: JobRecord) -> str:
    if not job.may_be_charged:
        return "Cancelled before it was sent. It cost nothing."
    if job.cost_credits is None:
        spent = "it may have used up credits; ImaginePro does not say whether they come back"
    else:
        which = "its 1 credit" if job.cost_credits == 1 else f"its {job.cost_credits} credits"
        spent = f"{which} may be used up; ImaginePro does not say whether they come back"
    return f"Cancelled. It had been sent, so {spent}."


def _reply_link(job: JobRecord) -> str:
    link = message_link(job)
    return f"[its reply]({link})" if link is not None else "its reply"
