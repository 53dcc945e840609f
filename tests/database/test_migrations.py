"""Migrations and models say the same, and every migration can be taken back."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from clinic.database import tables
from clinic.standalone.postgres import PostgresCluster
from tests.conftest import ALEMBIC


def test_migrations_match_the_models_and_are_reversible(cluster: PostgresCluster) -> None:
    cluster.create_database("clinic_migrations")
    url = cluster.url("clinic_migrations", "clinic_owner")
    config = Config(str(ALEMBIC))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata()) == []
    engine.dispose()
