"""The bundled game modes. Each is a plugin that uses only the public door."""
