"""The data plane: every model call of every product passes here."""
