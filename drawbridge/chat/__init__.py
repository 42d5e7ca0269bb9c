"""The workspace: conversations with models, kept as messages in a tree, each answer a run of the journal.

`http.chat_router` is its API, `runs.ChatRuns` what runs ask for a conversation and give its answer to.
"""
