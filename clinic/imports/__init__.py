"""Clients and appointments out of a file: a dry run says row by row what would happen, one press lets it happen."""
