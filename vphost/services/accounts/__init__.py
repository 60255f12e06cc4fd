"""Accounts: users, passwords, sign-in, tokens, API keys."""
