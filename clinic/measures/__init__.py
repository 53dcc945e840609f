"""Measures: short questionnaires that come again, so that one can see what moves."""

from pathlib import Path

INSTRUMENTS = Path(__file__).with_name("instruments")
"""The folder of the measures that ship, each with its scoring; the weekly pulse is in `definitions`."""
