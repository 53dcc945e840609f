"""A deliverer in a process of its own, to be killed: `python -m tests.outbox.deliverer`."""

import os

from clinic import settings
from clinic.app import create_app
from clinic.core import clock
from clinic.outbox.deliver import deliver_due
from clinic.outbox.smtp import MailChannel
from worker.environment import as_worker

if __name__ == "__main__":
    app = create_app(settings.load(as_worker(os.environ)))
    with app.app_context():
        deliver_due(
            {"email": lambda: MailChannel(os.environ["MAIL_URL"], os.environ["MAIL_FROM"], clock.now)}, clock.now
        )
