"""What a start says to the person at the terminal, line by line."""

import os
import sys
from contextlib import suppress


def say(text: str = "") -> None:
    """Print one line at once; a terminal or pipe that has gone is no reason to fail."""
    try:
        print(text, flush=True)
    except (BrokenPipeError, OSError):
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
