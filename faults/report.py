"""A line for each fault: what was done, what was found, and whether that is as it must be."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parent / "README.md"


@dataclass(frozen=True)
class Line:
    """One row of the table. A control must find the fault that the product does not have."""

    fault: str
    done: str
    found: str
    is_well: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_well else 'BAD '} {self.fault}: {self.done}: {self.found}"


def machine() -> str:
    """What the figures were measured on, in a sentence."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f} at the end."


def write(lines: Sequence[Line], machine: str, section: str = "figures") -> None:
    """Put the figures into faults/README.md, between the marks of that section."""
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
    rows = [f"| {line.fault} | {line.done} | {line.found} | {'yes' if line.is_well else '**no**'} |" for line in lines]
    table = "\n".join(("| | fault | found | as it must be |", "| --- | --- | --- | --- |", *rows))
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    README.write_text(f"{head}{begin}\n{machine}\n\n{table}\n\n{end}{tail}", encoding="utf-8")
