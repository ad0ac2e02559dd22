"""Follows every link within a site made by mdBook: scripts/dev/site_links.py FOLDER.

Prints those that lead nowhere, and ends with 1 when there are any.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    """What a page links to, and the names that links to it may end with."""

    def __init__(self, path):
        super().__init__()
        self.links, self.names = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.names.add(value)


def broken(site):
    """Every link that leads nowhere, with its page."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        # The page of all pages repeats their links, as seen from its own place.
        if path.name in ("print.html", "404.html"):
            continue
        for link in sorted(page.links):
            if urlsplit(link).scheme:
                continue
            file, name = urldefrag(link)
            target = (path.parent / unquote(file)).resolve() if file else path
            if not target.is_file():
                yield f"{path.relative_to(site)}: {link}: no such file"
            elif name and target in pages and unquote(name) not in pages[target].names:
                yield f"{path.relative_to(site)}: {link}: no such place"


def main():
    site = Path(sys.argv[1]).resolve()
    found = list(broken(site))
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)


main()
