"""The practice itself: services and fees, rooms, therapists, hours, holidays and policies."""
