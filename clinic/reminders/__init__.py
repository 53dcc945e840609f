"""What is due to be said before a session and before homework, found by a query, queued once."""
