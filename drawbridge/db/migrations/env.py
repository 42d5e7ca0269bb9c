"""Run the migrations on the connection that `drawbridge.db.migrate` holds, in the role of the owner."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="platform")
with context.begin_transaction():
    context.run_migrations()
