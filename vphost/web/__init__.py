"""Ring 2: Tornado handlers and sockets. They only decode, pass on and answer."""
