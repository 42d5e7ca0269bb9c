"""The tool that `llm` is given."""


def multiply(a: int, b: int) -> str:
    """Multiply two numbers."""
    return str(a * b)
