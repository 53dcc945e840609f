"""The waiting list: who waits for which times, and to whom a time that opens is offered, one after another."""
