"""The launcher with stand-in programs: it opens, keeps alive, closes, and leaves nothing behind whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from clinic.standalone.failure import Exit
from clinic.standalone.leftovers import end_marked, marked
from clinic.standalone.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds; the machine may be busy with other things


class Launch:
    """A launcher in a process of its own, and what it has said so far."""

    def __init__(self, state: Path, port: int, kind: str) -> None:
        self.state, self.port = state, port
        self._output = state.with_name(f"output-{time.monotonic_ns()}")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("stand_in.py")), str(state), str(port), kind],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    def has_opened(self) -> bool:
        return "The practice is open" in self.said

    def finish(self, signal_: signal.Signals | None = None) -> int:
        if signal_ is not None:
            self.process.send_signal(signal_)
        return self.process.wait(PATIENCE)


Starter = Callable[..., Launch]


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


@pytest.fixture
def start(folder: Path) -> Iterator[Starter]:
    """Starts launchers on one state folder; the folder is left without a process at the end."""
    state = folder / "var"
    launches: list[Launch] = []

    def start_one(kind: str = "plain", port: int | None = None) -> Launch:
        launches.append(Launch(state, port or free_port(), kind))
        return launches[-1]

    yield start_one
    for launch in launches:
        with suppress(ProcessLookupError):
            launch.finish(signal.SIGTERM)
    assert end_marked(state) == 0


def opened(launch: Launch) -> Launch:
    wait_for(lambda: launch.has_opened() or launch.process.poll() is not None, "the practice to open")
    assert launch.has_opened(), launch.said
    return launch


def named(state: Path, part: str) -> list[int]:
    """The marked processes with `part` in their command line."""
    found = []
    for pid in marked(state):
        with suppress(OSError):
            if part.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_launcher_leaves_no_process_when_asked_to_stop(start: Starter, signal_: signal.Signals) -> None:
    launch = opened(start())
    assert f"http://127.0.0.1:{launch.port}" in launch.said
    assert "owner  olive@clinic.example  a-password" in launch.said
    assert len(marked(launch.state)) > 3

    assert launch.finish(signal_) == Exit.DONE
    assert marked(launch.state) == []


def test_launcher_stops_in_the_opposite_order(start: Starter) -> None:
    launch = opened(start("servers"))
    assert launch.finish(signal.SIGTERM) == Exit.DONE
    stops = [line.split("Stopping ")[1] for line in launch.said.splitlines() if "Stopping" in line]
    assert stops == ["family", "web", "The broker", "The database"]


def test_launcher_stops_in_the_middle_of_a_preparation(start: Starter) -> None:
    launch = start("slow")
    wait_for(lambda: "Preparing" in launch.said, "the preparation")
    assert launch.finish(signal.SIGINT) == Exit.DONE
    assert not launch.has_opened()
    assert marked(launch.state) == []


def test_launcher_starts_a_killed_program_again(start: Starter) -> None:
    launch = opened(start())
    (web,) = named(launch.state, "Door")
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: set(named(launch.state, "Door")) - {web} != set(), "a new web server")
    assert "web ended (signal 9); starting it again" in launch.said


def test_launcher_ends_the_family_of_a_killed_program_before_starting_it_again(start: Starter) -> None:
    launch = opened(start())
    family = named(launch.state, "fork")
    wait_for(lambda: len(named(launch.state, "fork")) == 4, "the family to be complete")
    leader = next(
        pid for pid in family if os.getsid(pid) == pid and os.getpgid(pid) == pid and _parent(pid) == launch.process.pid
    )
    os.kill(leader, signal.SIGKILL)
    wait_for(lambda: "family ended" in launch.said and len(named(launch.state, "fork")) >= 4, "a new family")


def test_launcher_starts_killed_servers_again(start: Starter) -> None:
    launch = opened(start("servers"))
    for name, part in (("The broker", "redis-server"), ("The database", "postgres")):
        child = next(pid for pid in _children(launch.process.pid) if part in _command(pid))
        os.kill(child, signal.SIGKILL)
        wait_for(lambda name=name: f"{name} ended" in launch.said, f"the end of {name}")  # type: ignore[misc]
        wait_for(
            lambda part=part, child=child: any(  # type: ignore[misc]
                part in _command(pid) for pid in _children(launch.process.pid) if pid != child
            ),
            f"a new {part}",
        )
    assert launch.finish(signal.SIGTERM) == Exit.DONE


def test_launcher_killed_hard_takes_its_children_along_and_starts_again(start: Starter) -> None:
    first = opened(start("servers"))
    servers = _children(first.process.pid)
    first.finish(signal.SIGKILL)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in servers), "the children to follow their parent")

    second = opened(start("servers", first.port))
    assert second.finish(signal.SIGTERM) == Exit.DONE


def test_launcher_ends_what_an_earlier_run_left_behind(start: Starter) -> None:
    first = opened(start())
    orphans = set(named(first.state, "fork"))
    first.finish(signal.SIGKILL)

    second = opened(start("plain", first.port))
    assert orphans & set(marked(first.state)) == set()
    assert "that an earlier run had left behind" in second.said


def test_launcher_refuses_a_second_run_of_the_same_checkout(start: Starter) -> None:
    first = opened(start())
    second = start()
    assert second.finish() == Exit.ALREADY_RUNNING
    assert f"kill {first.process.pid}" in second.said
    assert first.process.poll() is None


def test_launcher_is_not_misled_by_a_stale_process_number(start: Starter, folder: Path) -> None:
    (folder / "var" / "run").mkdir(parents=True)
    (folder / "var" / "run" / "lock").write_text(f"{os.getpid()}\n")
    opened(start())


def test_launcher_names_a_taken_port_and_the_way_out(start: Starter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        launch = start("plain", port)
        assert launch.finish() == Exit.PORT_TAKEN
    assert f"Port {port} cannot be used" in launch.said
    assert "make run PORT=" in launch.said


def test_launcher_shows_why_a_preparation_failed(start: Starter) -> None:
    launch = start("failing")
    assert launch.finish() == Exit.PREPARATION
    assert "Failing: that failed" in launch.said
    assert "the reason" in launch.said


def test_launcher_gives_up_when_a_program_keeps_ending_before_the_door_is_open(start: Starter) -> None:
    launch = start("broken")
    assert launch.finish() == Exit.NOT_READY
    assert "web keeps ending" in launch.said
    assert "no good" in launch.said
    assert marked(launch.state) == []


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _parent(int(folder.name)) == parent:
                found.append(int(folder.name))
    return found


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
