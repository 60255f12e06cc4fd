"""Ring 2: the operator's door to a living host, a unix socket. The socket's place stands in the
store's lease, so that a tool which finds the store finds its owner."""
