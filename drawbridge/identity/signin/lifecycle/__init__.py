"""Suspend and delete accounts, with what becomes of their users in the organisations."""
