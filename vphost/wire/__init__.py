"""Ring 1: bytes to commands, and events to bytes. Imports only rules and the schema validators."""
