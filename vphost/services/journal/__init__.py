"""The journal: one appender, commits as bytes, secrets sealed at rest, the lease of the book."""
