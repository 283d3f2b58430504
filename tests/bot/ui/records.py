"""Job records and hypothesis strategies for tests of messages."""

import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.services.images.formats import Upload
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.store import JobKind, JobRecord, JobState, ReplyTarget

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GUILD, CHANNEL, MESSAGE, MIA = 1100000000004194304, 1100000000000000201, 1300000000000000001, 1100000000000000103
JOB = JobRecord(
    id="abcDEF_-1234",
    kind=JobKind.IMAGINE,
    reply=ReplyTarget(
        interaction_id=1300000000000000000,
        application_id=1100000000000000001,
        token="token-of-the-interaction",
        opened_at=NOW,
        user_id=MIA,
        guild_id=GUILD,
        channel_id=CHANNEL,
        message_id=MESSAGE,
    ),
    created_at=NOW,
    prompt="a red fox",
    words="a red fox",
    mode="fast",
    state=JobState.RUNNING,
    remote_id="remote-1",
)


def job(**changes: Any) -> JobRecord:
    """A running job with these changes."""
    return replace(JOB, **changes)


# Characters of markdown, mentions and links are frequent, and so are long texts.
_SIGNS = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "*_~|`<>[]()@#&:/\\-. 0123456789" + string.ascii_letters
)
TEXTS = st.text(_SIGNS, max_size=120) | st.builds(
    lambda piece, times: (piece * times)[:6000], st.text(_SIGNS, min_size=1, max_size=12), st.integers(1, 3000)
)
LABELS = st.lists(
    TEXTS.filter(bool)
    | st.sampled_from(["U1", "U2", "V1", "🔄", "⬅️", "Vary (Strong)", "Vary (Region)", "❤️", "Make Square"]),
    max_size=60,
).map(tuple)
ADDRESSES = st.builds(
    lambda path, times: f"https://cdn.imaginepro.ai/{path * times}.png",
    st.text(string.ascii_letters + "<>()[]*_%", min_size=1, max_size=10),
    st.integers(1, 180),
)
PICTURE = Upload(b"bytes", "picture.png", 8, 8)


def _jobs(state: st.SearchStrategy[JobState]) -> st.SearchStrategy[JobRecord]:
    return st.builds(
        lambda words, flags, **fields: job(words=words, prompt=f"{words} {flags}", **fields),
        TEXTS,
        TEXTS,
        state=state,
        buttons=LABELS,
        button=st.none() | TEXTS,
        reason=st.none() | TEXTS,
        image_url=st.none() | ADDRESSES,
        seed=st.none() | st.integers(0, 2**32 - 1),
        finished_at=st.none() | st.just(NOW),
    )


ENDINGS = st.builds(
    JobEnding,
    job=_jobs(st.sampled_from([state for state in JobState if state.is_final])),
    uploads=st.sampled_from([(), (PICTURE,)]),
    note=st.none() | TEXTS,
)
FRAMES = st.builds(
    JobProgress,
    job=_jobs(st.sampled_from([state for state in JobState if not state.is_final])),
    phase=st.sampled_from(JobPhase),
    percent=st.none() | st.integers(0, 100),
    position=st.none() | st.integers(1, 1000),
    eta_seconds=st.none() | st.floats(0, 1e6),
    preview_url=st.none() | ADDRESSES,
    note=st.none() | TEXTS,
)
