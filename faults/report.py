"""A line for each fault: what was done, what was found, and whether that is as it must be."""

import os
import platform
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
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


def parser(section: str) -> ArgumentParser:
    """The options of the program of a section, to which it adds its own."""
    made = ArgumentParser(prog=f"python -m faults.{section}")
    made.add_argument("--write", action="store_true", help="put the figures into faults/README.md")
    return made


def tell(section: str, lines: Iterable[Line], *, is_written: bool) -> int:
    """Print each line as it comes, and write them all down if asked; 1 when something is not as it must be."""
    told = []
    for line in lines:
        print(line, flush=True)
        told.append(line)
    if is_written:
        write(told, machine(), section)
    return int(not all(line.is_well for line in told))


def write(lines: Sequence[Line], machine: str, section: str) -> None:
    """Put the figures into faults/README.md, between the marks of that section."""
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
    rows = [f"| {line.fault} | {line.done} | {line.found} | {'yes' if line.is_well else '**no**'} |" for line in lines]
    table = "\n".join(("| | fault | found | as it must be |", "| --- | --- | --- | --- |", *rows))
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    README.write_text(f"{head}{begin}\n{machine}\n\n{table}\n\n{end}{tail}", encoding="utf-8")
