"""Work between sessions: exercises as data, given to a client, done in drafts, sent, reviewed."""

from pathlib import Path

EXERCISES = Path(__file__).with_name("exercises")
"""The folder of the exercises that ship."""
