"""Redis of our own: it keeps what it holds, and an unreadable file does not keep it from starting."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from clinic.standalone.failure import StartError
from clinic.standalone.redis import RedisServer, server_program


@contextmanager
def client(server: RedisServer) -> Iterator["redis.Redis"]:
    connection = redis.Redis.from_url(server.url)
    try:
        yield connection
    finally:
        connection.close()


def test_redis_keeps_what_it_holds_over_a_restart(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    with server.running(), client(server) as connection:
        connection.set("kept", "7")
    with server.running(), client(server) as connection:
        assert connection.get("kept") == b"7"


def test_redis_keeps_what_it_held_at_a_kill_9(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    server.start()
    with client(server) as connection:
        connection.config_set("appendfsync", "always")
        connection.set("kept", "7")
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.stop()
    with server.running(), client(server) as connection:
        assert connection.get("kept") == b"7"


def test_redis_listens_on_no_port(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis", fast=True)
    with server.running(), client(server) as connection:
        assert connection.config_get("port") == {"port": "0"}
    assert server.process is None


def test_redis_puts_an_unreadable_file_aside(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / "redis")
    with server.running(), client(server) as connection:
        connection.set("lost", "7")
    for manifest in (server.folder / "appendonlydir").glob("*.manifest"):
        manifest.write_text("nonsense\n")
    with server.running(), client(server) as connection:
        assert connection.get("lost") is None
    assert len(list(server.folder.glob("appendonlydir.unreadable-*"))) == 1


def test_redis_ends_the_server_that_an_earlier_run_left(tmp_path: Path) -> None:
    first = RedisServer(tmp_path / "redis")
    first.start()
    second = RedisServer(tmp_path / "redis")
    with second.running(), client(second) as connection:
        assert connection.ping() is True
        assert first.process is not None
        assert first.process.wait(30) == 0
    first.stop()


def test_redis_with_a_path_too_long_for_a_socket_finds_a_short_one(tmp_path: Path) -> None:
    server = RedisServer(tmp_path / ("long-" * 12) / ("path-" * 12), fast=True)
    with server.running(), client(server) as connection:
        assert connection.ping() is True
        assert not server.socket.is_relative_to(server.folder)
    server.socket.parent.rmdir()


def test_redis_of_the_machine_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert server_program() == program


def test_redis_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(StartError, match="apt-get install redis-server"):
        server_program()
