"""Every mapped table, for migrations and for the test that holds them against the models."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy import MetaData

import clinic
from clinic.database.base import Base


def metadata() -> MetaData:
    """The metadata with the models of every feature loaded."""
    import_module("clinic.database.heartbeat")
    import_module("clinic.web.idempotency")
    for feature in iter_modules(clinic.__path__):
        if feature.ispkg and find_spec(f"clinic.{feature.name}.models") is not None:
            import_module(f"clinic.{feature.name}.models")
    return Base.metadata
