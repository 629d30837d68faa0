"""Builds the documentation as a site with MkDocs, to be read from the folder or put on a server.

    python3 build_site.py SOURCE_DIR OUT_DIR

The pages are those of the repository, in its own layout, so that a link leads to the same place here and there; files
that they link to are part of the site.
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CHAPTERS = [
    ("Home", "README.md"),
    ("Start", ["docs/start.md", "docs/how-it-works.md"]),
    ("Tools", "docs/tools/*.md"),
    ("Embedding", "docs/embedding.md"),
    ("Running well", ["docs/performance.md", "docs/tuning.md", "docs/importance.md"]),
    ("Errors and limits", ["docs/messages.md", "docs/errors.md", "docs/reliability.md", "SECURITY.md"]),
    ("Formats", ["docs/artifact.md", "docs/kernel-abi.md", "docs/json.md"]),
    ("Compiler", ["docs/architecture.md", "docs/dialect.md", "docs/passes.md", "docs/debugging.md", "docs/editors.md",
                  "CONTRIBUTING.md"]),
    ("Ops", "docs/dialect/*.md"),
    ("Passes", "docs/passes/*.md"),
]


def navigation(source):
    def pages(entry):
        if isinstance(entry, list):
            return entry
        return sorted(str(path.relative_to(source)) for path in source.glob(entry)) if "*" in entry else entry

    return [{title: pages(entry)} for title, entry in CHAPTERS]


def flat(nav):
    return [page for chapter in nav for entry in chapter.values() for page in ([entry] if isinstance(entry, str) else entry)]


def table_code(span):
    return "<code>" + html.escape(span[1]).replace(r"\|", "&#124;") + "</code>"


def for_mkdocs(text):
    """Code hosts begin a list without a blank line before it, and know \\| in the code of a table; MkDocs does neither."""
    text = re.sub(r"^(?![-| ])(.+)\n(?=- )", r"\1\n\n", text, flags=re.M)
    return re.sub(r"`([^`\n]*\\\|[^`\n]*)`", table_code, text)


def copy(source, page, stage):
    """The page, and what it links to or shows but pages."""
    text = (source / page).read_text()
    copied = stage / page
    copied.parent.mkdir(parents=True, exist_ok=True)
    copied.write_text(for_mkdocs(text))
    links = re.findall(r"\]\(([^()#\s]+)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    for target in {(copied.parent / link).resolve() for link in links if ":" not in link and not link.endswith(".md")}:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / target.relative_to(stage), target)


def main(source, out):
    nav = navigation(source)
    with tempfile.TemporaryDirectory(prefix="facet-site-") as scratch:
        stage, config = pathlib.Path(scratch) / "pages", pathlib.Path(scratch) / "mkdocs.yml"
        for page in flat(nav):
            copy(source, page, stage)
        config.write_text(json.dumps({  # which is YAML, too
            "site_name": "Facet", "docs_dir": str(stage), "site_dir": str(out), "nav": nav, "use_directory_urls": False,
            "theme": {"name": "mkdocs", "highlightjs": False},  # all of it in the site, nothing from elsewhere
            "markdown_extensions": ["sane_lists"]}))
        subprocess.run(["mkdocs", "build", "--quiet", "--strict", "--clean", "-f", config], check=True)


if __name__ == "__main__":
    main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:]))
