"""The whole of `drawbridge.yaml` over the API: planned, applied, exported."""
