"""Conversations as files that their owners take along."""
