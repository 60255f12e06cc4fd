"""People's poker tables as a product: documents, players, REST, codec, reports, statistics."""
