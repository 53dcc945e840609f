"""The running practice, as `make run` opens it, and a real Chromium in front of it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from clinic.standalone.inbox import Message, messages
from clinic.standalone.throwaway import throwaway_folder
from worker import broker

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
START_PATIENCE = 180.0  # seconds
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
DEMO_PASSWORD = "a long walk by the river"
expect.set_options(timeout=30_000)  # milliseconds; on a busy machine a page may take its time
EXPECTED = (
    "status of 4",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
)  # a killed web server
MARKS = {"worker": b" worker ", "beat": b" beat ", "redis": b"redis-server", "web": b"gunicorn"}
OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Tree:
    """One running practice with its own state."""

    url: str
    state: Path
    pid: int
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        """A command beside the run, such as `flask --app wsgi clock move --days 3`; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "clinic.standalone", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    def move_clock(self, **by: float) -> None:
        """Move every process of the practice through time."""
        options = [part for unit, count in by.items() for part in (f"--{unit}", str(count))]
        self.run("flask", "--app", "wsgi", "clock", "move", *options)

    def now(self) -> datetime:
        """What time it is in the practice."""
        offset = self.state / "clock"
        return datetime.now(UTC) + timedelta(seconds=float(offset.read_text()) if offset.exists() else 0)

    def move_clock_to(self, moment: datetime) -> None:
        """Move on to `moment`; a moment that has passed already leaves the clock as it is."""
        hours = (moment - self.now()).total_seconds() / 3600
        if hours > 0:
            self.move_clock(hours=hours)

    def run_job(self, name: str) -> None:
        """Ask the worker for one job of the timetable now, so that a test need not wait for its next turn."""
        environment = json.loads((self.state / "run" / "environment.json").read_text())
        with Celery("journeys", set_as_current=False) as celery:
            broker.configure(celery, environment["REDIS_URL"])
            celery.send_task(name)

    def children(self) -> dict[str, int]:
        """The processes that the launcher keeps alive, by what they are."""
        pids = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        found: dict[str, int] = {}
        for pid in pids:
            with suppress(OSError):  # it has just ended
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
                found |= {name: int(pid) for name, mark in MARKS.items() if mark in command}
        return found

    def kill(self, *names: str) -> dict[str, int]:
        """kill -9; returns what was killed."""
        killed = {name: self.children()[name] for name in names}
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)
        return killed

    def is_ready(self) -> bool:
        """Whether everything answers: pages, database, broker, workers."""
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return b'"ready"' in answer.read()
        return False

    def wait_until_back(self, killed: dict[str, int], seconds: float = 120) -> None:
        """Until each of the killed runs again as a new process and everything answers."""
        deadline = time.monotonic() + seconds
        while any(self.children().get(name, pid) == pid for name, pid in killed.items()) or not self.is_ready():
            assert time.monotonic() < deadline, f"not everything is back after {seconds:.0f} seconds"
            time.sleep(0.25)

    def mail(self, to: str) -> list[Message]:
        """What arrived for an address, the newest first."""
        return [message for message in messages(self.state / "mail") if to in message.to]

    def wait_for_mail(self, to: str, count: int = 1, seconds: float = 60) -> list[Message]:
        """The same once there are `count` of them; fails after so many seconds."""
        deadline = time.monotonic() + seconds
        while len(found := self.mail(to)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} messages arrived for {to}"
            time.sleep(0.25)
        return found


@contextmanager
def open_practice() -> Iterator[Tree]:
    """PostgreSQL, Redis, inbox, worker, beat and web, with the demo practice, for the length of a `with` block."""
    with throwaway_folder() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))},
            "CLINIC_STATE": str(folder / "var"),
            "PORT": str(port),
        }
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "clinic.standalone"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Tree(f"http://127.0.0.1:{port}", folder / "var", process.pid, environment)
        try:
            _await_ready(running, process, folder / "output")
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="package")
def tree() -> Iterator[Tree]:
    """One running practice for all journeys."""
    with open_practice() as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; the browser tests are skipped, and counted, where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, tree: Tree) -> Iterator[OpenPage]:
    """`open_page(viewport=PHONE, dark=True, scripts=False)` is a new browser; a console error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(*, viewport: dict[str, int] | None = None, dark: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=tree.url,
            viewport=viewport or DESKTOP,  # type: ignore[arg-type]  # a plain mapping of the two sides
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="en-US",
            timezone_id="America/New_York",
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [said for said in complaints if not any(known in said for known in EXPECTED)] == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journey that moves the clock on by weeks comes last: the others find the practice in its own week."""
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.stem == "test_main_job")
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def sign_in(page: Page, address: str, password: str = DEMO_PASSWORD) -> None:
    """Sign in through the page, as a person does."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")


def _await_ready(tree: Tree, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if tree.is_ready():
            return
        time.sleep(0.25)
    process.terminate()
    pytest.fail("the practice did not open:\n" + output.read_text(encoding="utf-8", errors="replace")[-4000:])
