"""Migrations of the schema, run by alembic when the store is opened. May import: alembic and SQLAlchemy."""
