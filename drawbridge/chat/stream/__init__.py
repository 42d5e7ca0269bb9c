"""An answer as it is written, in the UI message stream protocol v1 of the AI SDK."""
