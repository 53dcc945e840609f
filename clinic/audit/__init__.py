"""Who read or changed what: rows that are only ever added, linked into a hash chain by a job."""
