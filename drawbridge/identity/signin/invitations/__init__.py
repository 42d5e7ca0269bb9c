"""Invitations: a link that lets somebody sign in as a user of an organisation, who was made for him."""
