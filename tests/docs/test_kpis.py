"""The pages say of each figure what its row in `clinic.contracts.kpis` says."""

from pathlib import Path

import pytest

from clinic.contracts.kpis import KPIS, Kpi

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_the_page_of_kpis_and_the_runbook_count_as_the_figures_row_does(kpi: Kpi) -> None:
    page = (ROOT / "docs" / "kpi.md").read_text(encoding="utf-8")
    on_aws = f"`{kpi.metric.name}`: {kpi.on_aws}"
    row = f"| {kpi.title}, {kpi.target_text} | {kpi.counted} | {on_aws} | {kpi.left_out} |"
    assert row in page.splitlines()
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    paragraph = runbook.partition(f"### kpi-{kpi.name}\n")[2].partition("\n### ")[0]
    assert f"Counted: {kpi.counted}. Left out: {kpi.left_out}." in " ".join(paragraph.split())


def test_the_page_of_kpis_has_no_other_rows() -> None:
    page = (ROOT / "docs" / "kpi.md").read_text(encoding="utf-8")
    table = page.partition("| KPI | Counted |")[2].partition("\n\n")[0].splitlines()
    assert len(table) == 2 + len(KPIS)
