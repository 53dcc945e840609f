"""What breaks, broken on purpose: real processes killed, real servers that misbehave, and a count of what is left."""
