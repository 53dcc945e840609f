"""How every page looks, and whether everyone can use it."""
