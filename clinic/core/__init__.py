"""Plain building blocks that know no framework: time, intervals, zones, money, ids and errors."""
