"""What operators can do: named operations, the audit log, the back office."""
