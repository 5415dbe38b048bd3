"""What alembic runs: migrations on the connection and in the transaction that `drd.store.schema` hands over."""

from alembic import context

from drd.store.inventory_tables import ALL_TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ALL_TABLES,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
