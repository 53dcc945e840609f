"""The ten minutes before a first session: safe contact, eligibility, and the texts that a client signs."""
