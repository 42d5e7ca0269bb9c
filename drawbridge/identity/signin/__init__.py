"""How people sign in: accounts with passwords, passkeys, one-time codes and links; their sessions and invitations.

An account is a person on this installation, whatever the number of organisations that he is a user of. Accounts are
no organisation's rows: only the system role touches them, in its duty `sign_in`.
"""
