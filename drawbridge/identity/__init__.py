"""Who is calling: organisations, users and service accounts, and the keys that speak for them."""
