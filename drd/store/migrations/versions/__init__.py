"""One file a change of the schema, in order of its number. May import: alembic and SQLAlchemy."""
