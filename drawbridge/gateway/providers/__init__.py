"""Vendors: what is known of each, and the odd ones that need code of their own."""
