"""How a job under way stands, in a line."""

from bot.services.presenter import JobPhase, JobProgress
from bot.ui.base.text import about, progress_bar


def status(frame: JobProgress) -> str:
    """How a job under way stands, in a line."""
    match frame.phase:
        case JobPhase.WAITING:
            return _in_queue(frame)
        case JobPhase.SUBMITTING:
            return "⏳ In line, next to be sent"
        case JobPhase.SEARCHING:
            return (
                "🔎 ImaginePro did not confirm this job. Looking for it in the account's history, "
                "so that nothing is paid twice."
            )
        case JobPhase.QUEUED:
            return "⏳ Sent, waiting to be started"
        case JobPhase.RUNNING:
            return _bar(frame)
        case JobPhase.CANCELLING:
            return "🚫 Cancelling …"


def _in_queue(frame: JobProgress) -> str:
    place = f", place {frame.position}" if frame.position is not None else ""
    eta = f" · {about(frame.eta_seconds)}" if frame.eta_seconds is not None else ""
    return f"⏳ In line{place}{eta}"


def _bar(frame: JobProgress) -> str:
    if frame.percent is None:
        return "🎨 Under way"
    # "Done" is only ever said together with the picture.
    percent = min(frame.percent, 99)
    return f"{progress_bar(percent)} **{percent} %**"
