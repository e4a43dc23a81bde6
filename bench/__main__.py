"""``make bench``: speed, memory and size, with their targets."""

import argparse
import json
import sys

from bench import measure
from bench.result import Measurement, as_json, table

_ALL = (
    measure.thousand_appointments,
    measure.cancellations_in_a_burst,
    measure.round_trips,
    measure.sleepers,
    measure.first_message_of_the_demo,
    measure.cold_start,
    measure.bytecode_in_the_bundle,
    measure.bundle_size,
)


def main() -> None:
    """Measure everything. A missed target is printed, not an error; what does not work at all is one."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    found: list[Measurement] = []
    for step in _ALL:
        print(f"{step.__name__.replace('_', ' ')} …", file=sys.stderr, flush=True)
        try:
            found.extend(step())
        except measure.BenchmarkError as error:
            sys.exit(f"{step.__name__}: {error}")
    print(json.dumps(as_json(found), indent=2, ensure_ascii=False) if arguments.json else table(found))


if __name__ == "__main__":
    main()
