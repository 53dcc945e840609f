"""Files brought at the desk, and the worker that looks at them under its own database role."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from clinic.app import create_app
from clinic.database.session import db
from clinic.imports import work
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.browser import Browser
from tests.factories import Practice

Owner = psycopg.Connection[tuple[object, ...]]
Working = Callable[[], AbstractContextManager[None]]
ROWS = "SELECT number, outcome, reason, result, result_reason FROM import_row ORDER BY number"


@pytest.fixture(scope="session")
def worker_app(settings: Settings, cluster: PostgresCluster, migrated: str) -> Iterator[Flask]:
    """The application as the worker runs it: under its own database role."""
    app = create_app(replace(settings, database_url=cluster.url(migrated, "clinic_worker")))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def working(worker_app: Flask, database: None) -> Working:
    """Inside, one is the worker."""

    @contextmanager
    def work_here() -> Iterator[None]:
        with worker_app.app_context():
            yield

    return work_here


@dataclass(frozen=True, slots=True)
class Desk:
    """Fay at the front desk with a file, the worker, and a look behind the walls."""

    practice: Practice
    browser: Browser
    working: Working
    owner: Owner

    def bring(self, content: bytes | str, kind: str = "clients", name: str = "export.csv") -> str:
        """Post a file; returns the address of its import."""
        answer = self.browser.submit(f"/imports/{kind}", file=(io.BytesIO(_bytes(content)), name))
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def refused(self, content: bytes | str, kind: str = "clients", name: str = "export.csv") -> str:
        """Post a file that is refused as a whole; returns the page."""
        answer = self.browser.submit(f"/imports/{kind}", file=(io.BytesIO(_bytes(content)), name))
        assert answer.status_code == 422, answer.text
        assert self.rows() == []
        assert self.owner.execute("SELECT count(*) FROM import").fetchone() == (0,)
        return answer.text

    def work(self) -> None:
        """One turn of the worker."""
        with self.working():
            work.run_due()

    def confirm(self, place: str) -> None:
        """Press "Import N rows"."""
        assert self.browser.submit(f"{place}/confirm").status_code == 303

    def rows(self) -> list[tuple[object, ...]]:
        """Number, outcome, reason, result and its reason of each row."""
        return self.owner.execute(ROWS).fetchall()

    def said(self) -> dict[object, object]:
        """By number: the reason, or "create"."""
        return {number: reason or outcome for number, outcome, reason, *_ in self.rows()}


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def desk(practice: Practice, browser: Callable[..., Browser], working: Working, owner: Owner) -> Desk:
    """Fay, signed in."""
    return Desk(practice, browser(practice.desk), working, owner)


def import_id(place: str) -> UUID:
    """Out of an address."""
    return UUID(place.rstrip("/").rpartition("/")[2])
