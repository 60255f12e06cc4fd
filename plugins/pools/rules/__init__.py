"""The pure rules of betting pools: games, pools, bets, settlement."""
