"""What a call costs through the gateway: measured beside nginx, LiteLLM's proxy and Portkey's gateway, in one run."""
