"""What the documents promise is what the code has."""

import re
from pathlib import Path

from app.settings import described

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_setting_with_its_default() -> None:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {text} |"
        for name, default, text in described()
    ]
    table = "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])
    between = README.split("<!-- settings:begin -->")[1].split("<!-- settings:end -->")[0]
    assert between.strip() == table


def test_every_make_target_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, flags=re.MULTILINE)) <= targets


def test_every_command_that_the_readme_names_exists() -> None:
    from app.__main__ import parser

    help_text = parser().format_help()
    for command in re.findall(r"python -m app ([a-z]+)", README):
        assert re.search(rf"\b{command}\b", help_text), command


def test_every_picture_and_page_that_the_readme_links_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
