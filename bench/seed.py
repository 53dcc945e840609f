"""`python -m bench.seed N`: a practice of twenty therapists with N appointments, the same at every run on one day.

It fills the empty, migrated database that DATABASE_OWNER_URL names; 100,000 take seconds.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from clinic.core import clock, zones

THERAPISTS: Final = 20
SESSIONS_A_DAY: Final = 4  # of each therapist, in eight hours
CASELOAD: Final = 7 * SESSIONS_A_DAY  # clients in care of one therapist, each seen once a week
ZONE: Final = "America/New_York"
SCRIPT: Final = Path(__file__).with_name("seed.sql")
Connection = psycopg.Connection[tuple[Any, ...]]


def named(words: str) -> UUID:
    """The id that seed.sql gives to these words."""
    return UUID(md5(words.encode(), usedforsecurity=False).hexdigest())


def therapist_id(number: int) -> UUID:
    """The therapist of that number, from 0."""
    return named(f"therapist:{number}")


def client_id(therapist: int, slot: int) -> UUID:
    """The client whom a therapist sees in that slot of the week, from 0 to CASELOAD - 1, in these years."""
    return named(f"client:0:{therapist * CASELOAD + slot}")


def service_id(slug: str) -> UUID:
    """The service of that slug: first-call, soon, later or individual-session."""
    return named(f"service:{slug}")


def seed(connection: Connection, appointments: int, now: datetime) -> None:
    """Fill the database; `connection` is the owner's, in autocommit."""
    today = zones.wall(now, ZONE).date()
    with connection.transaction(), _loaded_before_constrained(connection):
        connection.execute(
            "CREATE TEMP TABLE wanted (appointments int, today date, zone text, now timestamptz, therapists int,"
            " a_day int) ON COMMIT DROP"
        )
        connection.execute(
            "INSERT INTO wanted VALUES (%s, %s, %s, %s, %s, %s)",
            (appointments, today, ZONE, now, THERAPISTS, SESSIONS_A_DAY),
        )
        connection.execute(SCRIPT.read_bytes())
    connection.execute("VACUUM (ANALYZE)")


@contextmanager
def _loaded_before_constrained(connection: Connection) -> Iterator[None]:
    """Build the index of the claims in one go at the end, which is many times quicker than row by row."""
    definition = connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'claim_never_overlaps'"
    ).fetchone()
    assert definition is not None
    connection.execute("ALTER TABLE claim DROP CONSTRAINT claim_never_overlaps")
    yield
    connection.execute(
        sql.SQL("ALTER TABLE claim ADD CONSTRAINT claim_never_overlaps {}").format(sql.SQL(definition[0]))
    )


def main() -> None:
    """Seed the database of DATABASE_OWNER_URL."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("appointments", type=int)
    options = parser.parse_args()
    url = os.environ.get("DATABASE_OWNER_URL")
    if not url:
        sys.exit("DATABASE_OWNER_URL is missing: the address of an empty, migrated database for its owner.")
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        began = datetime.now(UTC)
        seed(connection, options.appointments, clock.now())
        print(f"{options.appointments} appointments in {(datetime.now(UTC) - began).total_seconds():.1f} s")


if __name__ == "__main__":
    main()
