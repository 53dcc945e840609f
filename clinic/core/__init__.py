"""Plain building blocks that know no framework: time, intervals, zones, ids and errors."""
