"""Poker rules shared by the poker modes: cards, hands, betting, pots, dealing, showdown."""
