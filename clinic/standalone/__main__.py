"""`python -m clinic.standalone`: open the practice on this machine, with everything that it needs."""

import json
import os
import sys
from pathlib import Path

from clinic.standalone.console import say
from clinic.standalone.failure import Exit
from clinic.standalone.launcher import Plan, run
from clinic.standalone.leftovers import MARK
from clinic.standalone.places import Places
from clinic.standalone.practice import practice_plan

USAGE = """Usage:
  python -m clinic.standalone               open the practice; Ctrl-C closes it
  python -m clinic.standalone COMMAND ...   run a command beside it, such as: flask --app wsgi demo reset
"""


def main(words: list[str]) -> int:
    """Run the practice, or a command in its environment; returns the exit status."""
    places = Places(root := Path(__file__).resolve().parents[2], Path(os.environ.get("CLINIC_STATE") or root / "var"))
    if words and words[0] in {"-h", "--help"}:
        say(USAGE)
        return Exit.DONE
    if words:
        return run_beside(places, words)
    say("Opening the practice")
    return run(lambda: _remembered(practice_plan(places)), places)


def _remembered(plan: Plan) -> Plan:
    """Note the environment for commands beside the run; readable by us alone, as it may hold secrets."""
    path = plan.places.run / "environment.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(plan.environment), file)
    return plan


def run_beside(places: Places, words: list[str]) -> Exit:
    """Become the command `words`, in the environment of the run; returns only when that cannot be."""
    noted = places.run / "environment.json"
    if not noted.exists():
        say("The practice has not run from this checkout yet: start it with make run.")
        return Exit.NOT_READY
    environment = json.loads(noted.read_text(encoding="utf-8"))
    environment.pop(MARK, None)  # it is not a child of the run, and outlives it
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", os.defpath)))
    os.chdir(places.root)
    try:
        os.execvpe(words[0], words, environment)  # noqa: S606 -- the person's own command, without a shell
    except OSError as error:
        say(f"{words[0]} cannot be run: {error.strerror}.")
    return Exit.MISSING_PROGRAM


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
