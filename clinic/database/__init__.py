"""PostgreSQL: the typed base, column types, one transaction per request or job, and advisory locks."""
