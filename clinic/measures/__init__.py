"""Measures: short questionnaires that come again, so that one can see what moves."""

from pathlib import Path

MEASURES = Path(__file__).with_name("definitions")
"""The folder of the measures that ship."""
