"""Finding out what is in a file, in a process of its own that has limits and can be killed.

`reader` is at this end; `child` is the other process, which alone imports what parses: `kinds`, `words`, `pdf`,
`pictures`, `office`.
"""
