"""What every product stands on: ids, clock, money, errors, paging. Standard library only."""
