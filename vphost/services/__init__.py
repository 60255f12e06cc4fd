"""Ring 1: order and durability. Services know only ports, never a concrete store or socket."""
