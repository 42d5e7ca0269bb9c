"""Those who have leased of budgets and do not report any more."""
