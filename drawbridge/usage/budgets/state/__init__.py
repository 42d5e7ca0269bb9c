"""How budgets stand: what of their windows is spent, held and left, and what they will come to."""
