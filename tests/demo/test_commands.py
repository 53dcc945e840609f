"""What the commands of the demo practice refuse."""

from dataclasses import replace

import pytest

from clinic.app import create_app
from clinic.cli import NOT_EMPTY, register_commands
from clinic.settings import Settings


@pytest.mark.parametrize("command", [["demo", "load"], ["demo", "reset", "--yes"]])
def test_demo_never_touches_a_real_practice(settings: Settings, command: list[str]) -> None:
    """Its sign-ins are printed in the README."""
    real = replace(settings, environment="production", base_url="https://clinic.example", clock_file=None)
    app = create_app(real)
    register_commands(app)  # pages do without
    try:
        answer = app.test_cli_runner().invoke(args=command)
    finally:
        create_app(settings)  # keys and clock are one for a process
    assert (answer.exit_code, "This is a real practice." in answer.output) == (NOT_EMPTY, True)
