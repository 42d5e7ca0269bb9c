"""The names by which a provider's model can be asked for."""


def names_at(provider: str, upstream_model: str) -> tuple[str, ...]:
    """Return every name of a model at a provider, the full one first: a deny must meet them all."""
    full_name = f"{provider}/{upstream_model}"
    plain = upstream_model.strip().removeprefix("models/").lower()
    if plain == upstream_model:
        return full_name, upstream_model
    # Some vendors take their models' names in any case, and Google's with its prefix.
    bare = upstream_model.strip().removeprefix("models/")
    return full_name, upstream_model, plain, f"{provider}/{plain}", bare
