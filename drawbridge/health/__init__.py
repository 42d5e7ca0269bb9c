"""How an installation is: what works, what waits, and what somebody should look at."""
