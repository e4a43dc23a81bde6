import re

from tests.architecture import project
from tests.docs import documents

_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_PATH = re.compile(r"^(?:[\w.-]+/)+[\w.-]*\.?\w*$")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_leads_somewhere() -> None:
    broken = []
    for path in documents.pages():
        for target in _LINK.findall(documents.prose(path.read_text())):
            if target.startswith("https://"):
                continue
            file, _, anchor = target.partition("#")
            destination = (path.parent / file) if file else path
            anchors = (
                {_anchor(heading) for heading in _HEADING.findall(destination.read_text())}
                if anchor and destination.is_file()
                else set()
            )
            if not destination.exists() or (anchor and anchor not in anchors):
                broken.append(f"{project.name(path)}: {target}")
    assert broken == []


def test_every_path_that_is_named_exists() -> None:
    top = {path.name for path in project.ROOT.iterdir() if path.is_dir()}
    missing = [
        f"{project.name(path)}: {name}"
        for path in documents.pages()
        for name in documents.code(path.read_text())
        if _PATH.match(name) and name.split("/")[0] in top and name.split("/")[0][0] != "."
        if not (project.ROOT / name).exists()
    ]
    assert missing == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [project.ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in _LINK.findall(page.read_text()):
            destination = (page.parent / target.partition("#")[0]).resolve()
            if destination.suffix == ".md" and destination.is_file():
                todo.append(destination)
    assert [project.name(page) for page in documents.pages() if page not in reached] == []
