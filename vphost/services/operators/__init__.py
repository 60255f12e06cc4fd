"""What operators do: named operations, the audit log, the back office."""
