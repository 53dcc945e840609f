"""Every feature's pages, message kinds and commands, registered in one place."""

from flask import Flask

from clinic.booking import mails as booking_mails
from clinic.cli import register_commands
from clinic.outbox.registry import registry
from clinic.settings import Settings
from clinic.site import views as site_views
from clinic.standalone import views as inbox_views


def register_features(app: Flask, settings: Settings) -> None:
    """Hang the features onto `app`."""
    app.register_blueprint(site_views.blueprint)
    if settings.inbox_folder is not None:
        app.register_blueprint(inbox_views.blueprint)
    registry.add(*booking_mails.KINDS)
    register_commands(app)
