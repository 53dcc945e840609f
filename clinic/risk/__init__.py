"""Urgent answers: alerts and whom they are passed to, office hours, crisis lines by country. An alert is never lost."""
