"""Celery: wakes, claims and calls one service a job. The database is the truth."""
