"""How much of recorded requests and replies survives a change of dialect, here and in LiteLLM."""
