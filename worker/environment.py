"""The environment of a worker: it connects as a role of its own."""

from collections.abc import Mapping
from typing import Final

_URLS: Final = ("DATABASE_URL", "DATABASE_URL_FILE")


def as_worker(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with DATABASE_WORKER_URL (or its file) in the place of DATABASE_URL, where it is given."""
    own = {name: environ.get(name.replace("DATABASE", "DATABASE_WORKER"), "") for name in _URLS}
    if not any(own.values()):
        return dict(environ)
    others = {name: value for name, value in environ.items() if name not in _URLS}
    return others | {name: value for name, value in own.items() if value}
