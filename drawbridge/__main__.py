"""`drawbridge` and `python -m drawbridge`."""

from drawbridge.cli import main

if __name__ == "__main__":
    main()
