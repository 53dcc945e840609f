"""A folder that the servers' own account may pass through: pytest's are closed to everybody but their user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.standalone.throwaway import throwaway_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """An open folder, gone at the end."""
    with throwaway_folder() as made:
        yield made
