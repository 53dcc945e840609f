"""Messages as rows: queued in the transaction that makes them due, claimed, delivered in stages, never twice."""
