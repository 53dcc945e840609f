"""Folders for servers that last as long as a test or a measurement."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A short path that the server of root may pass through as well; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
