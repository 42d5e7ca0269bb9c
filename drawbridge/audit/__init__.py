"""Who did what: an append-only record, chained so that any change of it shows."""
