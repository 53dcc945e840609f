"""The state folder: keys made once and kept private, another user's folder left alone, large logs put aside."""

import base64
import os
import stat
from pathlib import Path

import pytest

from clinic.standalone.failure import Exit, StartError
from clinic.standalone.keys import key_files
from clinic.standalone.places import LARGEST_LOG, Places, only_run
from clinic.standalone.practice import practice_plan
from clinic.standalone.sockets import socket_folder

OUTSIDE = {
    "DATABASE_URL": "postgresql+psycopg://clinic_web@database/clinic",
    "DATABASE_OWNER_URL": "postgresql+psycopg://clinic_owner@database/clinic",
    "REDIS_URL": "redis://broker",
    "MAIL_URL": "smtp://mail:25",
}


@pytest.fixture
def places(folder: Path) -> Places:
    made = Places(folder, folder / "var")
    made.prepare()
    return made


def test_keys_are_made_once_and_readable_by_us_alone(places: Places) -> None:
    first = key_files(places.secrets, database_exists=False)
    texts = {name: Path(path).read_text() for name, path in first.items()}
    assert key_files(places.secrets, database_exists=True) == first
    assert {name: Path(path).read_text() for name, path in first.items()} == texts
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in first.values()} == {0o600}
    assert len(base64.b64decode(texts["VAULT_MASTER_KEY_FILE"])) == 32
    assert len(texts["SECRET_KEY_FILE"].strip()) >= 32


def test_keys_are_never_made_anew_for_a_database_that_needs_the_old_ones(places: Places) -> None:
    with pytest.raises(StartError, match="Put the file back") as caught:
        key_files(places.secrets, database_exists=True)
    assert caught.value.code == Exit.FOLDER
    assert not (places.secrets / "vault_master_key").exists()


def test_state_of_another_user_is_left_alone(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StartError, match="belongs to another user"):
        places.prepare()


def test_large_logs_are_put_aside(places: Places) -> None:
    log = places.logs / "web.log"
    log.write_bytes(b"x" * (LARGEST_LOG + 1))
    places.prepare()
    assert sorted(path.name for path in places.logs.iterdir()) == ["web.log.1"]


def test_lock_is_free_again_after_a_run(places: Places) -> None:
    for _ in range(2):
        with only_run(places):
            pass


def test_socket_folder_made_by_somebody_else_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("TMPDIR", "/tmp")
    long = folder / ("long-" * 25)
    first = socket_folder(long, "s")
    first.chmod(0o777)
    try:
        with pytest.raises(StartError, match="too long"):
            socket_folder(long, "s")
    finally:
        first.rmdir()


def test_plan_leaves_out_what_the_environment_brings(places: Places) -> None:
    plan = practice_plan(places, OUTSIDE | {"SECRET_KEY": "s" * 40})
    assert plan.servers == []
    assert [program.name for program in plan.programs] == ["The web server", "The worker", "The timetable"]
    assert {name: plan.environment[name] for name in OUTSIDE} == OUTSIDE
    assert "INBOX_FOLDER" not in plan.environment
    assert "SECRET_KEY_FILE" not in plan.environment
    assert [step.is_wanted() for step in plan.steps] == [True, False]


def test_plan_fills_a_database_of_others_only_when_asked(places: Places) -> None:
    plan = practice_plan(places, OUTSIDE | {"DEMO": "1"})
    assert [step.is_wanted() for step in plan.steps] == [True, True]


def test_plan_asks_for_the_owners_address_beside_that_of_the_web(places: Places) -> None:
    with pytest.raises(StartError, match="DATABASE_OWNER_URL is needed"):
        practice_plan(places, {"DATABASE_URL": OUTSIDE["DATABASE_URL"]})


@pytest.mark.parametrize("port", ["0", "70000", "eighty", "-1", "²"])
def test_plan_refuses_what_is_no_port(places: Places, port: str) -> None:
    with pytest.raises(StartError, match="is no port"):
        practice_plan(places, {"PORT": port})
