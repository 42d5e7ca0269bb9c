"""Parts that tests are made of."""
