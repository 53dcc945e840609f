"""Clinic: practice management for therapists, with the work between sessions of couples at its heart."""
