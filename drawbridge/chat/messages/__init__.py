"""Messages, and the branches that they make."""
