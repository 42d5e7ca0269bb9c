"""What a request says, told from its JSON by code that shares nothing with the dialects: the judge of translations."""
