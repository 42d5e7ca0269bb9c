"""Budgets that cannot be overshot: windows of time, what is held and spent of them, and leases to spend from memory."""
