"""The workspace: its pages in a browser, many answers at once, and search among a million messages."""
