"""The JSON Schema of OUT.json; `python -m console.output.schema` writes it into `docs/`."""

import json
from pathlib import Path

from console.output.result import RunResult

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "run-output.schema.json"


def schema_text() -> str:
    """The schema (draft 2020-12) as the documentation holds it."""
    schema = RunResult.model_json_schema(mode="serialization")
    del schema["title"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:citas:run-output:2",
        "title": "citas run --json, format version 2",
    }
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
