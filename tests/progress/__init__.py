"""What reports and briefs promise."""
