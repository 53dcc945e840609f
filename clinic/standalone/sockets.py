"""Folders for unix sockets: beside the data, or a short private one where the path would be too long for the kernel."""

import hashlib
import os
from pathlib import Path

from clinic.standalone.failure import Exit, StartError

LONGEST = 99  # bytes; sun_path holds 108 on Linux, and PostgreSQL adds a lock file's suffix


def socket_folder(wanted: Path, file_name: str) -> Path:
    """`wanted`, made private, or a short stand-in that is the same at each start. Raises StartError."""
    if fits(wanted, file_name):
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        return wanted
    name = f"clinic-{os.geteuid()}-{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]}"
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("TMPDIR"), "/tmp"):  # noqa: S108 -- made 0700, and checked
        if parent and fits(Path(parent) / name, file_name) and _is_private(Path(parent) / name):
            return Path(parent) / name
    raise StartError(
        f"The path {wanted} is too long for a unix socket, and no short folder could be made under /tmp. "
        "Put the checkout somewhere with a shorter path.",
        Exit.FOLDER,
    )


def make_passable(folder: Path) -> None:
    """Make `folder` if it is missing, open for others to pass through whatever the umask; never change one."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def fits(folder: Path, file_name: str) -> bool:
    """Whether a socket of this name in `folder` has a path that the kernel takes."""
    return len(os.fsencode(folder / file_name)) <= LONGEST


def _is_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    # Somebody else may have made it first, /tmp being open to all.
    ours = status.st_uid == os.geteuid() or (os.geteuid() == 0 and status.st_uid == SERVER_UID)
    return ours and folder.is_dir() and not folder.is_symlink() and status.st_mode & 0o077 == 0


SERVER_UID = 61000  # between the ranges of Debian's packages and of systemd's dynamic users: owned by nobody
