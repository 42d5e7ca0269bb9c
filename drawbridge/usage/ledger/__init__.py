"""The ledger: double entries in nano-dollars, which only grows; periods that close; corrections by reversal."""
