"""The status line of a running job: queue position, progress bar, or what the bot waits for."""

from bot.services.presenter import JobPhase, JobProgress
from bot.ui.base.text import about, progress_bar


def status_line(progress: JobProgress) -> str:
    """The status of a job that has not ended, in one line."""
    match progress.phase:
        case JobPhase.WAITING:
            return _queue_line(progress)
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
            return _running_line(progress)
        case JobPhase.CANCELLING:
            return "🚫 Cancelling …"


def _queue_line(progress: JobProgress) -> str:
    position = f", place {progress.position}" if progress.position is not None else ""
    eta = f" · {about(progress.eta_seconds)}" if progress.eta_seconds is not None else ""
    return f"⏳ In line{position}{eta}"


def _running_line(progress: JobProgress) -> str:
    if progress.percent is None:
        return "🎨 Under way"
    # 100 % is shown only together with the picture.
    percent = min(progress.percent, 99)
    return f"{progress_bar(percent)} **{percent} %**"
