"""How often somebody may try: delays that grow, for each source by itself, so that nobody can lock another out."""
