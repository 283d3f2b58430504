"""The settings of a server, or of the direct messages with one member."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.db.database import Database
from bot.store.db.schema import guild_settings

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """`boost`: follow-up buttons use the API's boosted calls. `check_prompts`: prompts are checked before they cost."""

    boost: bool = False
    check_prompts: bool = False


class GuildSettingsStore:
    """Reads and writes settings; `place_id` is the id of a server, or of a direct message channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, place_id: int) -> GuildSettings:
        """The settings there; the defaults where none were ever stored."""
        values = {"place_id": place_id}
        row = await self._database.run(lambda connection: connection.execute(_GET, values).mappings().first())
        return GuildSettings(**row) if row is not None else GuildSettings()

    async def put(self, place_id: int, settings: GuildSettings) -> None:
        """Store these settings for the place."""
        values = asdict(settings)

        def write(connection: sa.Connection) -> None:
            # In one statement: of two that find no row both would insert, and the second would fail.
            insert = _INSERTS[connection.dialect.name](guild_settings).values(id=place_id, **values)
            connection.execute(insert.on_conflict_do_update(index_elements=[guild_settings.c.id], set_=values))

        await self._database.run(write)


_GET = sa.select(guild_settings.c.boost, guild_settings.c.check_prompts).where(
    guild_settings.c.id == sa.bindparam("place_id")
)
