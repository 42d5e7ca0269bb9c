"""Stored secrets over the API: written and deleted, listed by name, and never read."""
