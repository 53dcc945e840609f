"""What gunicorn and the `flask` command load."""

from clinic.app import create_app

app = create_app()
