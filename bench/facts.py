"""Where a measurement was made: versions, processor, and how busy the machine was."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import redis

from bench.environment import Environment

PACKAGES: Final = ("flask", "sqlalchemy", "psycopg", "gunicorn", "celery")


def machine(environment: Environment) -> dict[str, str]:
    """What a reader needs to judge the figures, in the order in which it is shown."""
    with environment.connect("postgres") as connection:
        row = connection.execute("SHOW server_version").fetchone()
    server = redis.Redis(unix_socket_path=str(environment.redis.socket))
    try:
        redis_version = str(server.info("server")["redis_version"])
    finally:
        server.close()
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "PostgreSQL": str(row[0]) if row else "",
        "Redis": redis_version,
        **{name: version(name) for name in PACKAGES},
    }


def load_average() -> float:
    """How many processes wanted a processor in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
