"""Builds the site and walks through it: every page of docs/ is in the navigation, and every link, anchor, picture, script
and style sheet is part of the site.

    python3 site_test.py SOURCE_DIR      (status 77: there is no mkdocs)
"""
import html.parser
import pathlib
import shutil
import sys
import tempfile
import urllib.parse

source = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(source / "tools/docs"))
import build_site  # noqa: E402


class Page(html.parser.HTMLParser):
    """What a page leads to, and what leads into it."""

    def __init__(self, path):
        super().__init__()
        self.needs, self.links, self.anchors = [], [], {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(attributes[name] for name in ("id", "name") if attributes.get(name))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag in ("img", "script", "link") and attributes.get("rel") != "canonical":
            self.needs += [attributes[name] for name in ("src", "href") if attributes.get(name)]


def problems(site):
    pages = {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    for path, page in pages.items():
        for link in page.needs + page.links:
            parts = urllib.parse.urlparse(link)
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                if link in page.needs:
                    yield path, link, "fetched from elsewhere"
            elif not target.is_file():
                yield path, link, "not in the site"
            elif target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
                yield path, link, "no such anchor"


if not shutil.which("mkdocs"):
    print("mkdocs is not installed")
    sys.exit(77)
listed = build_site.flat(build_site.navigation(source))
written = [str(path.relative_to(source)) for path in (source / "docs").rglob("*.md")]
with tempfile.TemporaryDirectory(prefix="facet-site-") as out:
    build_site.main(source, pathlib.Path(out).resolve())
    found = [f"{path.relative_to(out)}: {link}: {why}" for path, link, why in problems(pathlib.Path(out).resolve())]
found += [f"{page}: not in the navigation" for page in set(written) - set(listed)]
found += [f"{page}: twice in the navigation" for page in set(listed) if listed.count(page) > 1]
print(f"{len(listed)} pages, {len(found)} problems", *found, sep="\n")
sys.exit(bool(found))
