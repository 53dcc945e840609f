"""Forms as data: one engine for intake forms, exercises and measures, from the definition to the scored answer."""
