"""Telling people that so much of a budget is spent: once each, by webhook and e-mail."""
