"""What was used and what it cost: events, the write-ahead file, prices, reports."""
