"""Calendars outside: when a therapist is busy elsewhere, read from an address of theirs. Only times are ever kept."""
