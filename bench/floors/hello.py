"""The floor of any page: Flask and gunicorn, one line of HTML, no database."""

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    """The smallest page."""
    return "<!doctype html><title>Hello</title><p>Hello"
