"""Runs migrations on the connection that `bot.store.db.database` hands over; there is no offline mode."""

from alembic import context

from bot.store.db.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
