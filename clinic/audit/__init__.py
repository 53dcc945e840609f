"""Who read or changed what: rows that are only ever added, linked into a hash chain by a job.

Saving a draft leaves no row: it is its writer's alone, every few seconds, and sending it leaves one.
"""
