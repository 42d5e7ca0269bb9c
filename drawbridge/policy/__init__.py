"""Who may do what: grants, the decision from them, and why it came out so."""
