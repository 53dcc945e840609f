"""The practice on a machine without servers: database, broker, inbox, worker and web as one tree."""
