"""Every call to somebody else's HTTP API shares this: a session, and errors made before a connection."""

import requests

# What requests finds wrong before it opens a connection.
UNUSABLE = (
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
)


def new_session() -> requests.Session:
    """A session that uses nothing it is not given."""
    session = requests.Session()
    session.trust_env = False  # no .netrc may put other credentials in the token's place
    return session
