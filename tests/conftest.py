"""What holds for every test."""

from hypothesis import settings

# The same examples on every machine and at every run: a property that fails here fails everywhere.
settings.register_profile("citas", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("citas")
