"""Records what members of a local Discord see of their jobs, and when, for any bot."""

import re
from collections import defaultdict
from dataclasses import dataclass

from playground.discord_server import DiscordServer, media, texts
from playground.discord_server.observe.request_log import LoggedRequest
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.imaginepro import Job, Status

_PERCENT = re.compile(r"(\d{1,3})\s?%")


@dataclass(frozen=True, slots=True)
class ReplyVersion:
    """One version of an interaction's reply: time, percentage, pictures and number of files."""

    time: float
    percent: int | None
    pictures: frozenset[str]
    files: int


class ReplyRecorder:
    """Records the messages and requests of a local Discord."""

    def __init__(self, discord: DiscordServer) -> None:
        self._clock = discord.clock
        self._versions: dict[str, list[ReplyVersion]] = defaultdict(list)
        self.edits = 0
        self.refused = 0
        discord.world.listeners.append(self._message)
        discord.request_log.listeners.append(self._request)

    def versions(self, interaction_id: str) -> list[ReplyVersion]:
        """The versions of an interaction's reply, oldest first."""
        return self._versions[interaction_id]

    def finished(self, interaction_id: str, job: Job) -> float | None:
        """The time at which the job's result was shown; None if it never was."""
        done = job.moves[-1][0] if job.status is Status.DONE else None
        versions = self._versions[interaction_id]
        return next(
            (version.time for version in versions if done is not None and version.time >= done and _has(version, job)),
            None,
        )

    def delays(self, interaction_id: str, job: Job) -> list[float]:
        """Seconds from each change of the job's progress until it, or a later one, was shown."""
        end = self.finished(interaction_id, job)
        seen = [
            (version.time, version.percent) for version in self._versions[interaction_id] if version.percent is not None
        ]
        found: list[float] = []
        for changed_at, status, percent in job.moves:
            if status is Status.PROCESSING and percent > 0:
                shown = [time for time, shown in seen if time >= changed_at and shown >= percent]
                found += [time - changed_at for time in [*shown, end][:1] if time is not None]
        return found

    def _message(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        if stored.interaction_id is None or event == "message_delete":
            return
        message = stored.message
        percent = _PERCENT.search(texts(message))
        pictures = frozenset(str(each["url"]) for each in media(message))
        shown = int(percent[1]) if percent else None
        self._versions[stored.interaction_id].append(
            ReplyVersion(self._clock.now(), shown, pictures, len(stored.files))
        )

    def _request(self, entry: LoggedRequest) -> None:
        self.refused += entry.status == 429
        self.edits += entry.method == "PATCH" and entry.status == 200 and "/messages/" in entry.route


def _has(version: ReplyVersion, job: Job) -> bool:
    return version.files > 0 or job.outcome.get("uri") in version.pictures
