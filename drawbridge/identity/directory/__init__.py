"""Who belongs where: teams, groups, projects and principals, as `drawbridge.yaml` states them."""
