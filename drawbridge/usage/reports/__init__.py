"""What did it cost: usage added up by any of its dimensions, from hours and days added up before where they suffice."""
