"""Ring 2: implementations of the journal and document ports."""
