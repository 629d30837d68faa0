"""Every relative link of every page leads to a file or folder of the repository, and its anchor to a heading there: by the
rule of code hosts and by the site's. Nothing is fetched.

    python3 links_test.py SOURCE_DIR
"""
import functools
import pathlib
import re
import sys

from pages import lines, pages

source = pathlib.Path(sys.argv[1]).resolve()
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")


def plain(text):
    return "\n".join("" if code else re.sub(r"`[^`]*`", "", line) for _, line, code in lines(text))


def host_slug(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def site_slug(title):
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


@functools.cache
def anchors(path, slug, again):
    found = {}
    for _, line, code in lines(path.read_text()):
        found.update((name, 1) for name in re.findall(r'<a id="([^"]+)">', line))
        if not code and (heading := re.match(r"#+ +(.*?) *$", line)):
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
            name = slug(title)
            found[name] = found.get(name, 0) + 1
            if found[name] > 1:
                found[f"{name}{again}{found[name] - 1}"] = 1
    return found


def broken(page, link):
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return "no such file"
    if not target.is_relative_to(source):
        return "leads out of the repository"
    if anchor and target.suffix == ".md":
        if anchor not in anchors(target, host_slug, "-"):
            return "no such heading"
        if anchor not in anchors(target, site_slug, "_"):
            return "a heading that the site names otherwise"
    return None


count, failures = 0, []
for page in pages(source):
    for link in LINK.findall(plain(page.read_text())):
        if not re.match(r"\w+:", link):
            count += 1
            if why := broken(page, link):
                failures.append(f"{page.relative_to(source)}: {link}: {why}")
print(f"{count} links, {len(failures)} broken", *failures, sep="\n")
sys.exit(bool(failures) or count < 50)
