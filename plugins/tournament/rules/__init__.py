"""Pure rules of the sit-n-go tournament at one table."""
