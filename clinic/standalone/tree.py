"""Keeps the children of a run alive until we are asked to stop, then stops them in the opposite order."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from clinic.standalone.children import Child
from clinic.standalone.console import say
from clinic.standalone.failure import Exit, StartError
from clinic.standalone.process import last_lines

GLANCE = 0.2  # seconds between two looks at the children
LONGEST_PAUSE = 30.0  # seconds before a child that keeps ending is started once more
STEADY = 60.0  # seconds after which a child's earlier ends are forgotten
TOO_OFTEN = 3  # ends before the practice has opened


@dataclass
class _Record:
    started_at: float
    ends: int = 0
    next_try_at: float = 0.0


@dataclass
class Tree:
    """The children in the order of their start. Everything happens in the main thread."""

    stop_asked: threading.Event = field(default_factory=threading.Event)
    children: list[Child] = field(default_factory=list)
    _records: dict[str, _Record] = field(default_factory=dict)

    def listen(self) -> None:
        """Take Ctrl-C, TERM and a closed terminal as the wish to stop; under nohup a closed terminal is none."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if name != signal.SIGHUP or signal.getsignal(name) != signal.SIG_IGN:
                signal.signal(name, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked.set()

    def start(self, child: Child) -> None:
        """Start `child` and keep it from now on. Raises StartError."""
        self.children.append(child)
        child.start()
        self._records[child.name] = _Record(time.monotonic())

    def wait_until(self, is_ready: Callable[[], bool], patience: float) -> bool:
        """Look after the children until `is_ready`; False when we were asked to stop. Raises StartError."""
        deadline = time.monotonic() + patience
        while not self.stop_asked.is_set():
            if is_ready():
                return True
            self.look_after()
            for child in self.children:
                if self._records[child.name].ends >= TOO_OFTEN:
                    raise StartError(f"{child.name} keeps ending.{_end_of_log(child)}", Exit.NOT_READY)
            if time.monotonic() > deadline:
                raise StartError(f"The practice was not ready within {patience:.0f} seconds.", Exit.NOT_READY)
            self.stop_asked.wait(GLANCE)
        return False

    def watch(self) -> None:
        """Look after the children until we are asked to stop."""
        while not self.stop_asked.wait(GLANCE):
            self.look_after()

    def look_after(self) -> None:
        """Start again each child that has ended, with a pause that grows while it keeps ending."""
        now = time.monotonic()
        for child in self.children:
            record = self._records[child.name]
            if child.process is None:
                if now >= record.next_try_at:
                    self._start_again(child, record)
            elif child.process.poll() is not None:
                if now - record.started_at > STEADY:
                    record.ends = 0
                pause = min(LONGEST_PAUSE, 2.0**record.ends - 1)
                say(f"  {child.name} ended ({_reason(child.process.returncode)}); starting it again {_when(pause)}")
                child.stop()  # its own children may still be there
                record.ends += 1
                record.next_try_at = now + pause

    def _start_again(self, child: Child, record: _Record) -> None:
        try:
            child.start()
        except StartError as error:
            record.ends += 1
            record.next_try_at = time.monotonic() + min(LONGEST_PAUSE, 2.0**record.ends)
            say(f"  {error}")
        record.started_at = time.monotonic()

    def stop(self) -> None:
        """Stop every child, the last started first."""
        while self.children:
            child = self.children.pop()
            if child.process is not None:
                say(f"  Stopping {child.name}")
            child.stop()


def _reason(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit {status}"


def _when(pause: float) -> str:
    return f"in {pause:.0f} s" if pause >= 1 else "now"


def _end_of_log(child: Child) -> str:
    return f" The end of {child.log}:\n{last_lines(child.log)}"
