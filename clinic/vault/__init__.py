"""Encrypts clinical text, one key for each client and each couple, under a master key that lives elsewhere."""
