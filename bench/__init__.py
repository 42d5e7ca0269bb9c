"""The benchmarks: `make bench`, or one part of it as in `make bench ONLY=start`.

Each part is a module with a function `measure` that yields figures; its targets stand in targets.toml, and what was
measured is written to results/<part>.json.
"""
