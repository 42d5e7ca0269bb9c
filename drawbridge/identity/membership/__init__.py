"""Who is part of what: the subjects of rules, and the teams that objects belong to."""

from drawbridge.identity.membership.subjects import Belonging, load_cost_teams, load_subjects, subjects_of_all, teams_of

__all__ = ["Belonging", "load_cost_teams", "load_subjects", "subjects_of_all", "teams_of"]
