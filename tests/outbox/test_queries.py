"""The desk sees what failed and what may not have arrived, the newest first, and nothing else."""

from datetime import timedelta

import psycopg

from clinic.core import clock
from clinic.database.session import db
from clinic.outbox.queries import undelivered
from tests.conftest import Acting
from tests.outbox.conftest import Deliver, Queue
from tests.outbox.mail_server import MailServer


def test_undelivered_lists_failed_and_unknown_of_the_last_month(
    acting: Acting,
    queue: Queue,
    deliver: Deliver,
    server: MailServer,
    owner: psycopg.Connection[tuple[object, ...]],
) -> None:
    now = clock.now()
    sent, failed, unknown, old = (queue(moment=now + timedelta(hours=hours)) for hours in (1, 2, 3, 4))
    server.script = iter([{}, {"rcpt": "550 no"}, {"dot": "drop"}, {"rcpt": "550 no"}])
    deliver()
    owner.execute(
        "UPDATE outbox_message SET finished_at = finished_at - interval '31 days' WHERE subject_id = %s", (old,)
    )
    with acting():
        rows = db.session.scalars(undelivered(now)).all()
        assert [(row.subject_id, row.state, row.reason) for row in rows] == [
            (unknown, "unknown", "no answer"),
            (failed, "failed", "550"),
        ]
    assert sent not in {failed, unknown}
