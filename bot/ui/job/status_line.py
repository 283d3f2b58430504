"""How a job under way stands, in a line."""

from bot.services.presenter import Frame, Phase
from bot.ui.base.text import about, progress_bar


def status(frame: Frame) -> str:
    """How a job under way stands, in a line."""
    match frame.phase:
        case Phase.IN_LINE:
            return _in_line(frame)
        case Phase.SUBMITTING:
            return "⏳ In line, next to be sent"
        case Phase.SEARCHING:
            return (
                "🔎 ImaginePro did not confirm this job. Looking for it in the account's history, "
                "so that nothing is paid twice."
            )
        case Phase.QUEUED:
            return "⏳ Sent, waiting to be started"
        case Phase.RUNNING:
            return _bar(frame)
        case Phase.CANCELLING:
            return "🚫 Cancelling …"


def _in_line(frame: Frame) -> str:
    place = f", place {frame.place}" if frame.place is not None else ""
    eta = f" · {about(frame.eta_seconds)}" if frame.eta_seconds is not None else ""
    return f"⏳ In line{place}{eta}"


def _bar(frame: Frame) -> str:
    if frame.percent is None:
        return "🎨 Under way"
    # "Done" is only ever said together with the picture.
    percent = min(frame.percent, 99)
    return f"{progress_bar(percent)} **{percent} %**"
