"""Client records, episodes of care, who cares for whom, and couples."""
