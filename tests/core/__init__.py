"""Tests of the plain building blocks."""
