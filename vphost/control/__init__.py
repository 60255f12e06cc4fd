"""Ring 2: the unix socket through which operators reach a running host. Its path is in the store's
lease, so that a tool that finds the store also finds its owner."""
