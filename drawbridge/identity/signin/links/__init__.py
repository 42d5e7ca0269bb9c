"""Links that open once: for the first account, and for whoever has lost all else."""
