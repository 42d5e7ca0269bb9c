"""PostgreSQL: the embedded server, the three roles, migrations, and who sees which organisation's rows."""
