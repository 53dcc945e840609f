"""Runs migrations as the role owner, named by DATABASE_OWNER_URL, and one at a time."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from clinic.database import tables
from clinic.settings import SettingsError, owner_url


def run() -> None:
    """Bring the database to the wanted revision in one transaction."""
    url = context.config.attributes.get("url") or owner_url()
    if not url:
        raise SettingsError("DATABASE_OWNER_URL is missing: the address of the database for the role that owns it.")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=tables.metadata(), compare_type=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('clinic.migrations', 0))"))
            context.run_migrations()


run()
