"""Slots, appointments, claims and the calendar: nobody and no room is ever in two sessions at once."""
