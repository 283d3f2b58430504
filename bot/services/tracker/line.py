"""The jobs that the API has taken and not begun: who is likely to be next."""

from bot.services.tracker.followed import Followed
from bot.services.tracker.timetable import Timetable


class Line:
    """Jobs in the order in which they were accepted, which is that in which the API begins them."""

    def __init__(self) -> None:
        self._waiting: Timetable[Followed] = Timetable()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> Followed | None:
        """The job that is likely to begin before the others, None when none waits."""
        first = self._waiting.first
        return first[1] if first is not None else None

    def place(self, job: Followed) -> Followed | None:
        """Let the job join or leave the line as its record says; the job that is first from now on, and was not."""
        before = self.first
        if job.course.waits:
            self._waiting.put(job, job.course.accepted_at)
        else:
            self._waiting.drop(job)
        return self.first if self.first is not before else None

    def leave(self, job: Followed) -> Followed | None:
        """The job has ended; the first of the others, which may begin in its place."""
        self._waiting.drop(job)
        return self.first
