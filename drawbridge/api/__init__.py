"""What all routes of the admin API share: how bodies are read, how errors are told, and how it describes itself."""
