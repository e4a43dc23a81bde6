"""What holds for every test."""

from hypothesis import settings

from local import service_descriptions

# The same examples on every machine and at every run: a property that fails here fails everywhere.
settings.register_profile("citas", deadline=None, derandomize=True, database=None, max_examples=100)
settings.load_profile("citas")


# Each test on moto builds its own clients; reading what AWS' services look like takes half of that.
service_descriptions.share()
