"""Does it work? One small call to a deployment, made and booked like any other, and what a provider says it serves."""
