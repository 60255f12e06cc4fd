"""The composition root: the only folder that names every concrete class."""
