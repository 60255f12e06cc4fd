"""Accounts: users, passwords, signing in, tokens, API keys."""
