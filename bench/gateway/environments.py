"""Where the peers are installed: environments of their own in a cache folder, from files with pinned hashes."""

from pathlib import Path

from drawbridge.settings import load_settings


def cache_folder() -> Path:
    """Return the folder for what the bench builds and installs once."""
    environment = load_settings().environment
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "drawbridge" / "bench"
