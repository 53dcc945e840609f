"""One run from start to end: servers, preparation, programs, the open door, and the way back."""

import http.client
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clinic.standalone.children import Child
from clinic.standalone.console import say
from clinic.standalone.failure import Exit, StartError
from clinic.standalone.leftovers import end_marked
from clinic.standalone.places import Places, only_run
from clinic.standalone.process import Command, end, last_lines, spawn
from clinic.standalone.tree import Tree

HOST = "127.0.0.1"
STEP_PATIENCE = 900.0  # seconds; a demo practice on a busy machine takes minutes at most
READY_PATIENCE = 240.0
WORKERS_PATIENCE = 45.0


@dataclass(frozen=True)
class Step:
    """A command that must succeed before the programs start; `is_wanted` is asked when its turn comes."""

    sentence: str
    argv: Sequence[str]
    is_wanted: Callable[[], bool] = lambda: True
    good_ends: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Plan:
    """What one run consists of. `sign_ins` is a command whose lines are shown once the door is open."""

    places: Places
    environment: Mapping[str, str]
    port: int
    servers: Sequence[Child] = ()
    steps: Sequence[Step] = ()
    programs: Sequence[Child] = ()
    sign_ins: Sequence[str] = ()
    ready_path: str = "/readyz"
    remarks: Sequence[str] = field(default_factory=tuple)


def run(make_plan: Callable[[], Plan], places: Places) -> Exit:
    """Open the practice, keep it open until Ctrl-C or TERM, close it; a failure is told in a sentence."""
    tree = Tree()
    tree.listen()
    try:
        places.prepare()
        with only_run(places):
            return _run_alone(tree, make_plan, places)
    except StartError as error:
        say(f"\n{error}")
        return error.code


def _run_alone(tree: Tree, make_plan: Callable[[], Plan], places: Places) -> Exit:
    if count := end_marked(places.state):
        say(f"  Ended {count} processes that an earlier run had left behind")
    try:
        if _open(tree, make_plan()):
            tree.watch()
            say("\nClosing the practice")
        return Exit.DONE
    finally:
        tree.stop()
        end_marked(places.state)


def _open(tree: Tree, plan: Plan) -> bool:
    """Start everything; False when we were asked to stop on the way. Raises StartError."""
    began = time.monotonic()
    check_port(plan.port)
    for server in plan.servers:
        say(f"  Starting {_lower(server.name)}")
        tree.start(server)
    for step in plan.steps:
        if tree.stop_asked.is_set() or not _take(tree, plan, step):
            return False
    for program in plan.programs:
        say(f"  Starting {_lower(program.name)}")
        tree.start(program)
    sign_ins = _begin_sign_ins(plan)
    say("  Waiting until everything answers")
    if not _await_ready(tree, plan):
        return False
    _greet(plan, _finish(sign_ins), time.monotonic() - began)
    return True


def check_port(port: int) -> None:
    """Raises StartError when somebody else listens on `port`, or it is none."""
    try:
        socket.create_server((HOST, port)).close()
    except (OSError, OverflowError) as error:
        raise StartError(
            f"Port {port} cannot be used ({getattr(error, 'strerror', None) or error}). "
            f"Choose another: make run PORT={port + 1 if port < 65535 else 8001}",
            Exit.PORT_TAKEN,
        ) from error


def _take(tree: Tree, plan: Plan, step: Step) -> bool:
    """Run one step to its end; False when we were asked to stop meanwhile. Raises StartError when it fails."""
    if not step.is_wanted():
        return True
    say(f"  {step.sentence}")
    log = plan.places.logs / "preparation.log"
    process = spawn(Command(step.argv, log, plan.environment, plan.places.root))
    try:
        deadline = time.monotonic() + STEP_PATIENCE
        while process.poll() is None and not tree.stop_asked.wait(0.05) and time.monotonic() < deadline:
            pass
        if tree.stop_asked.is_set():
            return False
        if process.poll() not in step.good_ends:
            raise StartError(
                f"{step.sentence}: that failed. The end of {log}:\n{last_lines(log, 20)}", Exit.PREPARATION
            )
    finally:
        end(process, signal.SIGTERM, 10)
    return True


def state_of(port: int, path: str) -> str:
    """What the practice says of itself: "ready", "degraded" without workers or broker, "" while it is closed."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return str(json.load(response)["state"]) if response.status == http.client.OK else ""
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return ""
    finally:
        connection.close()


def _await_ready(tree: Tree, plan: Plan) -> bool:
    """Wait for the pages, and then a while for the workers, without which pages go on. Raises StartError."""
    if not tree.wait_until(lambda: state_of(plan.port, plan.ready_path) != "", READY_PATIENCE):
        return False
    deadline = time.monotonic() + WORKERS_PATIENCE

    def is_enough() -> bool:
        return state_of(plan.port, plan.ready_path) == "ready" or time.monotonic() > deadline

    if not tree.wait_until(is_enough, WORKERS_PATIENCE + READY_PATIENCE):
        return False
    if time.monotonic() > deadline:
        say(f"  The workers have not reported yet: pages work, mail waits. Their logs are in {plan.places.logs}.")
    return True


def _begin_sign_ins(plan: Plan) -> subprocess.Popen[str] | None:
    """Ask for the sign-ins while the web server starts: both load the whole application."""
    if not plan.sign_ins:
        return None
    return subprocess.Popen(
        list(plan.sign_ins),
        cwd=plan.places.root,
        env=dict(plan.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _finish(sign_ins: subprocess.Popen[str] | None) -> list[str]:
    if sign_ins is None:
        return []
    try:
        text, _ = sign_ins.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        sign_ins.kill()
        sign_ins.communicate()
        return []
    return text.splitlines() if sign_ins.returncode == 0 else []


def _greet(plan: Plan, sign_ins: Sequence[str], seconds: float) -> None:
    say(f"\nThe practice is open (after {seconds:.0f} s):  http://{HOST}:{plan.port}")
    if sign_ins:
        say("\nSign in as")
    for line in sign_ins:
        say(f"  {line}")
    say()
    for remark in plan.remarks:
        say(remark)
    say("Ctrl-C closes it; what you entered stays.")


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
