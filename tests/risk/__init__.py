"""Alerts: nobody who must know is left out, and nobody else learns of anything."""
