"""Monthly reports for clients, and the brief that a therapist reads before a session."""
