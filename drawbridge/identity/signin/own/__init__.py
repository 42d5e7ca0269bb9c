"""What a person changes of how he signs in, in a session in which he has just shown that it is he."""
