"""What a budget that holds costs, under eight processes that all spend from the same one."""
