"""What the door of the API must know before it asks policy: how somebody stands, and what belongs to which teams."""

from drawbridge.identity.standing.store import Standing, load_standing, teams_of

__all__ = ["Standing", "load_standing", "teams_of"]
