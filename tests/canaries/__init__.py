"""Words that are nowhere else, typed into every clinical field, and then looked for where they must not be."""
