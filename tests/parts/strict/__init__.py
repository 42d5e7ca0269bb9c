"""What strict vendors refuse, a rule each: the scripted vendor's judgement of the requests that reach it."""
