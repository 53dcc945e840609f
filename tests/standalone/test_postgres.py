"""PostgreSQL of our own: made, started, mended and stopped, with its files kept from everybody else."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from clinic.standalone.failure import StartError
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.postgres_home import find_home
from clinic.standalone.sockets import LONGEST, SERVER_UID, fits

LOCALE = """
    SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname = 'practice'
"""


@pytest.fixture
def cluster(folder: Path) -> Iterator[PostgresCluster]:
    made = PostgresCluster(folder / "postgres", fast=True)
    yield made
    made.stop()


def postmaster(cluster: PostgresCluster) -> int:
    assert cluster.process is not None
    return cluster.process.pid


def test_cluster_answers_in_utf8_with_the_extensions_that_claims_need(cluster: PostgresCluster) -> None:
    cluster.start()
    assert cluster.create_database("practice") is True
    assert cluster.create_database("practice") is False
    engine = create_engine(cluster.url("practice", "clinic_owner"))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION btree_gist"))
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        version = connection.scalar(text("SHOW server_version_num"))
        zone = connection.scalar(text("SHOW timezone"))
        locale = connection.execute(text(LOCALE)).one()
    engine.dispose()
    assert int(str(version)) >= 180000
    assert zone == "UTC"
    assert tuple(locale) == ("UTF8", "b", "C.UTF-8")


def test_cluster_keeps_its_rows_over_a_restart(cluster: PostgresCluster) -> None:
    with cluster.running(), cluster.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_cluster_listens_on_no_port(cluster: PostgresCluster) -> None:
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_cluster_keeps_values_out_of_its_log(cluster: PostgresCluster) -> None:
    with cluster.running(), cluster.connect() as connection:
        connection.execute("CREATE TABLE address (mail text PRIMARY KEY)")
        connection.execute("INSERT INTO address VALUES (%s)", ("alice@canary.example",))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO address VALUES (%s)", ("alice@canary.example",))
    log = cluster.log.read_text()
    assert "duplicate key value" in log
    assert "canary" not in log


def test_cluster_files_are_closed_to_others(cluster: PostgresCluster) -> None:
    with cluster.running():
        for folder in (cluster.home.data, cluster.home.socket):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_cluster_of_root_runs_under_an_account_that_nobody_has(cluster: PostgresCluster) -> None:
    expected = (SERVER_UID, []) if os.geteuid() == 0 else (os.geteuid(), os.getgroups())
    with cluster.running():
        status = Path(f"/proc/{postmaster(cluster)}/status").read_text()
        groups = next(line for line in status.splitlines() if line.startswith("Groups:"))
        uids = next(line for line in status.splitlines() if line.startswith("Uid:"))
    assert ({int(uid) for uid in uids.split()[1:]}, [int(gid) for gid in groups.split()[1:]]) == (
        {expected[0]},
        expected[1],
    )


def test_cluster_under_a_closed_home_lives_elsewhere_and_opens_no_folder(tmp_path: Path, folder: Path) -> None:
    # pytest makes tmp_path for its user alone, as a home with mode 0700 is.
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    home = find_home(tmp_path / "postgres", folder)
    if os.geteuid() != 0:
        assert (home.data, home.account) == (tmp_path / "postgres" / "data", None)  # the server is the user's own
        return
    assert home.data.is_relative_to(folder)
    assert home.programs.is_relative_to(folder)
    assert (home.data.parent / "belongs-to").read_text() == f"{tmp_path / 'postgres'}\n"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert find_home(tmp_path / "postgres", folder) == home


def test_cluster_under_a_closed_home_starts_whatever_the_umask(tmp_path: Path, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        cluster = PostgresCluster(tmp_path / "postgres", fast=True, state_root=folder / "state")
        with cluster.running(), cluster.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        os.umask(before)


def test_cluster_with_a_path_too_long_for_a_socket_finds_a_short_one(folder: Path) -> None:
    folder = folder / ("long-" * 12) / ("path-" * 12)
    folder.mkdir(parents=True)
    cluster = PostgresCluster(folder, fast=True)
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert fits(cluster.home.socket, ".s.PGSQL.5432.lock") or len(str(cluster.home.socket)) < LONGEST
        assert not cluster.home.socket.is_relative_to(folder)
    cluster.home.socket.rmdir()


def test_cluster_is_not_misled_by_a_stale_pid_file(cluster: PostgresCluster) -> None:
    with cluster.running():
        pass
    stale = cluster.home.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{cluster.home.data}\n0\n5432\n\n\n")
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_cluster_ends_the_server_that_an_earlier_run_left(cluster: PostgresCluster) -> None:
    cluster.start()
    first = postmaster(cluster)
    again = PostgresCluster(cluster.folder, fast=True)
    with again.running(), again.connect() as connection:
        assert postmaster(again) != first
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_cluster_starts_after_kill_9(cluster: PostgresCluster) -> None:
    cluster.start()
    with cluster.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postmaster(cluster), signal.SIGKILL)
    cluster.stop()
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_cluster_cut_short_while_it_is_made_is_made_again(cluster: PostgresCluster) -> None:
    half = cluster.home.data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with cluster.running(), cluster.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_cluster_says_why_it_cannot_start(cluster: PostgresCluster) -> None:
    with cluster.running():
        pass
    settings = cluster.home.data / "postgresql.conf"
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(StartError, match="no_such_setting"):
        cluster.start()
    assert cluster.process is None


def test_cluster_dies_with_the_process_that_started_it(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from clinic.standalone.postgres import PostgresCluster\n"
        "cluster = PostgresCluster(Path(sys.argv[1]), fast=True); cluster.start()\n"
        "print(cluster.process.pid, flush=True); time.sleep(600)"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "postgres")],
        stdout=subprocess.PIPE,
        env=dict(os.environ) | {"PYTHONPATH": root},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{server}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
