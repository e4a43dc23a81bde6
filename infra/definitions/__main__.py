"""``python -m infra.definitions``: brings the state machines' files up to date with the table of policies."""

import sys

from infra.definitions.policies import PolicyError
from infra.definitions.writing import write

if __name__ == "__main__":
    try:
        for name in write():
            sys.stdout.write(f"state_machines/{name}: written\n")
    except PolicyError as error:
        sys.exit(f"state_machines/policies.toml: {error}")
