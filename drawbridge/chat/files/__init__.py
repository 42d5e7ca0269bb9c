"""Files of conversations: taken in pieces, read in a process that can be killed, and given to models as they take them.

`files.Files` keeps them, `reading/` finds out what is in them, `saying` says them to models.
"""
