"""What alembic runs: migrations on the connection and in the transaction that `drd.store.schema` hands over."""

from alembic import context

from drd.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
