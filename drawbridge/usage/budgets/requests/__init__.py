"""Requests for more of a budget: asked by those whom it counts, decided by its owner or whoever may approve."""
