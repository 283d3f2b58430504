"""A job's life with everything around it, small and fast: one process of the bot as the services see it."""

import asyncio
from datetime import timedelta

from bot.services.life import JobLife
from bot.services.submission import Submissions
from bot.services.tracker import Patience, Tracker
from bot.store import JobRecord, JobStore, NewJob
from tests.bot.records import new_job
from tests.bot.services.scripted import Recorder, ScriptedApi, Steps

PATIENCE = Patience(unknown=timedelta(seconds=0.2), without_result=timedelta(seconds=0.02))


class House:
    """The services of one process; `steps` outlive it as the engine's tables do."""

    def __init__(
        self,
        store: JobStore,
        api: ScriptedApi | None = None,
        *,
        presenter: Recorder | None = None,
        steps: dict[str, Steps] | None = None,
        timeout: int = 300,
        grace: float = 60.0,
        looks: int = 3,
    ) -> None:
        self.store = store
        self.api = api or ScriptedApi()
        self.presenter = presenter or Recorder()
        self.steps = {} if steps is None else steps
        self.submissions = Submissions(store, self.api, timeout=timeout, search_pauses=(0.0,) * looks)
        tracker = Tracker(self.api, pause=0.001, reads_per_second=1e6, patience=PATIENCE)
        self.life = JobLife(store, self.api, self.submissions, tracker, self.presenter, timeout=timeout, grace=grace)

    async def recorded(self, job: NewJob | None = None) -> JobRecord:
        """The job, written down and not begun."""
        return (await self.store.record(job or new_job()))[0]

    async def run(self, job: JobRecord) -> JobRecord:
        """The job after its life has run to its end here."""
        await self.life.run(job.id, self.steps.setdefault(job.id, Steps()))
        return await self.now(job)

    def begin(self, job: JobRecord) -> asyncio.Task[JobRecord]:
        """The job's life, going on in a task."""
        return asyncio.create_task(self.run(job))

    async def now(self, job: JobRecord) -> JobRecord:
        """The job as it is remembered."""
        found = await self.store.get(job.id)
        assert found is not None
        return found
