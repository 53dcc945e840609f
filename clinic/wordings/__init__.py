"""The words of messages: ours or the practice's own, with named placeholders, and every version kept."""
