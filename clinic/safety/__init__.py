"""One page in private about danger at home: sent once, never shown again, and looked into by the therapist alone."""
