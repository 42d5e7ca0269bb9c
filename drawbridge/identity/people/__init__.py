"""Suspend, reactivate and delete people, service accounts and agents."""

from drawbridge.identity.people.people import Consequences, People, Plugs

__all__ = ["Consequences", "People", "Plugs"]
