"""``make cost``: counts what appointments use, prices it, writes `docs/cost.md` and `docs/scaling.md`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.cost.bill import bill, prices
from bench.cost.count import NotCountedError, count
from bench.cost.page import REGIONS
from bench.cost.page import page as cost_page
from bench.cost.scaling import page as scaling_page

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_APPOINTMENTS = 1000


def main() -> None:
    """Count, price and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument(
        "--appointments", type=int, default=_APPOINTMENTS, help="how many, a multiple of 100 (default: 1000)"
    )
    parser.add_argument("--json", action="store_true", help="print the bill as JSON and write no page")
    arguments = parser.parse_args()
    if arguments.appointments < 100 or arguments.appointments % 100:
        parser.error("--appointments: expected a multiple of 100, so that the shares are whole")
    print(f"counting {arguments.appointments:,} appointments …", file=sys.stderr, flush=True)
    try:
        tenth = count(arguments.appointments // 10)
        counted = count(arguments.appointments)
    except NotCountedError as error:
        sys.exit(f"nothing was priced: {error}")
    if arguments.json:
        lines = [
            {**asdict(line), "dollars": {region: line.costs(prices()[region]) for region in REGIONS}}
            for line in bill(counted)
        ]
        print(json.dumps(lines, indent=2, ensure_ascii=False))
    else:
        (_DOCS / "cost.md").write_text(cost_page(counted), encoding="utf-8")
        (_DOCS / "scaling.md").write_text(scaling_page(counted, tenth), encoding="utf-8")
        print("wrote docs/cost.md and docs/scaling.md")


if __name__ == "__main__":
    main()
