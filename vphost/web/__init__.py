"""Ring 2: Tornado handlers and sockets. Thin: decode, hand over, answer."""
