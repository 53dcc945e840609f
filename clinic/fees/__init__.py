"""Money, the least of it: what a session costs whom, whether it is paid, and the receipt. Nothing is ever charged."""
