"""What one /imagine costs the database."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.store import Database, JobStore
from tests.support.stage import Stage

MAX_TRANSACTIONS = 8


async def test_one_imagine_takes_few_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command to the delivered result; the workflow engine's own tables are not counted."""
    transactions, delivered = list[str](), asyncio.Event()
    transaction, move = Database._transaction, JobStore.move

    async def counted(database: Database, work: Any, *arguments: Any) -> Any:
        transactions.append(work.__qualname__)
        return await transaction(database, work, *arguments)

    async def noticed(store: JobStore, job_id: str, *states: Any, **changes: Any) -> Any:
        found = await move(store, job_id, *states, **changes)
        if changes.keys() == {"delivered_at"}:
            delivered.set()
        return found

    async with Stage(tmp_path, timings={"heartbeat": 3600.0}) as stage:
        await stage.finished("a fox before")
        await stage.all_delivered()
        monkeypatch.setattr(Database, "_transaction", counted)
        monkeypatch.setattr(JobStore, "move", noticed)
        await stage.finished("a fox")
        await delivered.wait()
        monkeypatch.undo()
    assert 0 < len(transactions) <= MAX_TRANSACTIONS, transactions
