"""People, their logins and sign-ins, and the single-use links that invite them or restore a password."""
