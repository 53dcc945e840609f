"""Every feature's pages, message kinds and commands, registered in one place."""

from flask import Flask

from clinic.settings import Settings


def register_features(app: Flask, settings: Settings) -> None:
    """Hang the features onto `app`."""
