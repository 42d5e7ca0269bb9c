"""Rate limits: requests, tokens and calls at once, in buckets that all workers take from."""
