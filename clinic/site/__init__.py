"""The public face: home, therapists, services and fees."""
