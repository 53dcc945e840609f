"""What gunicorn and the `flask` command load."""

from clinic.app import create_app
from clinic.outbox.service import wake_with
from worker.wake import Waker

app = create_app()
wake_with(Waker(app.config["REDIS_URL"]))
