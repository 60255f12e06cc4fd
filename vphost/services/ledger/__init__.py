"""The ledger: balances in memory, movements outside rooms, verification."""
