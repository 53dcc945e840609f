"""What the parts cost with nothing of ours on top: the floors that the practice is held against."""
