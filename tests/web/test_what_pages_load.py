"""What a web process has in memory from its start on, and what only those load who use it."""

import base64
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NOT_FOR_PAGES: Final = {
    "alembic": "migrations are a command's",
    "celery": "jobs are the worker's, and who wakes it has a thread for that",
    "clinic.cli": "commands and the demo are no page's",
    "clinic.demo": "as above",
    "clinic.outbox.deliver": "mails are sent by the worker",
    "clinic.outside.reading": "calendars are read by the worker",
    "dateutil.rrule": "rules are walked where somebody books a standing session",
    "icalendar": "calendar files go out with mails and to programs",
    "jsonschema": "definitions are checked where a form is opened",
    "kombu": "as celery",
    "mistune": "texts to sign are rendered where one is opened",
    "phonenumbers": "numbers are read where somebody leaves one",
    "redis": "the broker is asked by /readyz alone",
    "smtplib": "mails are sent by the worker",
    "typst": "papers are printed in a process of their own",
    "yaml": "files are read by an installation",
}
ENVIRONMENT: Final = {
    "CLINIC_ENV": "production",
    "BASE_URL": "https://elm-street.example",
    "MAIL_FROM": "no-reply@elm-street.example",
    "MAIL_URL": "smtp://127.0.0.1:1",
    "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/clinic",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "a secret that is only ever used here",
    "VAULT_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
}


def test_pages_load_nothing_that_only_workers_and_commands_need() -> None:
    loaded = subprocess.check_output(
        [sys.executable, "-c", "import sys, wsgi; print(*sys.modules)"], env=ENVIRONMENT, cwd=ROOT, text=True
    )
    assert sorted(NOT_FOR_PAGES.keys() & set(loaded.split())) == []
