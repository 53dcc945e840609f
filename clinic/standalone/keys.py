"""The secrets of one checkout: made once, kept in files that only we can read."""

import base64
import os
import secrets
from pathlib import Path

from clinic.standalone.failure import Exit, StartError

KEY_BYTES = 32
NAMES = ("SECRET_KEY", "VAULT_MASTER_KEY")


def key_files(folder: Path, *, database_exists: bool) -> dict[str, str]:
    """`NAME_FILE` for each secret. Raises StartError when a database is there whose vault key is not."""
    files = {}
    for name in NAMES:
        path = folder / name.lower()
        if not path.exists():
            if name == "VAULT_MASTER_KEY" and database_exists:
                raise StartError(
                    f"{path} is gone, and without it nobody can read what stands encrypted in the database. "
                    "Put the file back, or move the whole folder var away to begin anew.",
                    Exit.FOLDER,
                )
            _write_whole(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        files[f"{name}_FILE"] = str(path)
    return files


def _write_whole(path: Path, text: str) -> None:
    """A key cut short by a crash would be worse than none: write beside, sync, rename."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
