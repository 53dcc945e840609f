"""Tests mirror the folders of clinic/."""
