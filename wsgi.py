"""What gunicorn and the `flask` command load."""

from clinic.app import create_app
from clinic.booking import freed
from clinic.outbox import service as outbox
from worker.wake import Waker

app = create_app()
outbox.wake_with(Waker(app.config["REDIS_URL"]))
freed.wake_with(Waker(app.config["REDIS_URL"], "offer-free-times"))
