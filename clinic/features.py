"""Every feature's pages, message kinds and commands, registered in one place."""

from flask import Flask

from clinic.booking import mails as booking_mails
from clinic.outbox.registry import registry
from clinic.settings import Settings


def register_features(app: Flask, settings: Settings) -> None:
    """Hang the features onto `app`."""
    registry.add(*booking_mails.KINDS)
