"""Data in, bytes out: calendar files, charts and PDF. Knows no feature and no framework."""
