#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Around Doxygen's run: the menu before it, and after it the search index and the check of links.

    docs_site.py menu TEMPLATE VERSION        prints the header of the pages
    docs_site.py finish HTML-DIRECTORY        takes away Doxygen's scripts and what is not needed,
                                              writes search-index.js, checks the links
"""

import glob
import html.parser
import json
import os
import re
import sys

# First in the menu and in this order; other pages in docs/ follow by themselves.
ORDER = ["contract", "capabilities", "design", "abi", "porting", "testing", "performance"]
NOT_TEXT = {"script", "style", "nav", "header", "footer", "title"}
VOID = {"br", "hr", "img", "input", "link", "meta", "col"}


# The menu -----------------------------------------------------------------------------------------


def title_of(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().strip("# \n")


def items(pages):
    return "\n".join(f'<li><a href="{name}.html">{title}</a></li>' for name, title in pages)


def menu(template, version):
    names = [name[:-3] for name in os.listdir("docs") if name.endswith(".md")]
    names.remove("start")
    names.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    pages = [(name, title_of(f"docs/{name}.md")) for name in names]
    pages.append(("contributing", "Contributing"))
    bindings = [
        (os.path.basename(os.path.dirname(path)), title_of(path))
        for path in sorted(glob.glob("bindings/*/README.md"))
    ]
    with open(template, encoding="utf-8") as file:
        text = file.read().replace("@PAGES@", items(pages)).replace("@VERSION@", version)
        print(text.replace("@BINDINGS@", items(bindings)), end="")


# One page -----------------------------------------------------------------------------------------


# They want style sheets and libraries of Doxygen's own.
SCRIPTS = re.compile(
    r'<script[^>]*>[^<].*?</script>\n?| onclick="[^"]*"|<img src="closed.png"[^>]*>', re.DOTALL
)


class Page(html.parser.HTMLParser):
    """The links and anchors of a page, and its text cut into sections at each heading. What is of
    no use in it is taken away first."""

    def __init__(self, path):
        super().__init__()
        self.title = ""
        self.anchors = {""}
        self.links = []
        self.sections = []  # [anchor, heading, text]
        self._open = []
        self._in_title = False
        self._heading = None
        self._last_anchor = ""
        with open(path, encoding="utf-8") as file:
            text = SCRIPTS.sub("", file.read())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for anchor in {values.get("id"), values.get("name") if tag == "a" else None} - {None}:
            self.anchors.add(anchor)
            if tag in ("a", "h1", "h2", "h3"):
                self._last_anchor = anchor
                # It stands in the heading or before it.
                if self._heading is not None:
                    self._heading[0] = anchor
        # The menu is the same on each page and does not make one reachable.
        target = values.get("href") or values.get("src")
        if target:
            self.links.append((target, "nav" in self._open))
        if tag == "title":
            self._in_title = True
        if tag in ("h1", "h2", "h3") or "memtitle" in values.get("class", "").split():
            self._heading = [self._last_anchor, "", ""]
            self.sections.append(self._heading)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "title":
            self._in_title = False
        if tag in ("h1", "h2", "h3"):
            self._heading = None

    def handle_data(self, data):
        if self._in_title:
            self.title += data
        if NOT_TEXT & set(self._open):
            return
        if self._heading is not None:
            self._heading[1] += data
        elif self.sections:
            self.sections[-1][2] += data
        elif data.strip():
            self.sections.append(["", "", data])


def squeezed(text):
    return " ".join(text.replace("\u25c6", "").split())


# The site -----------------------------------------------------------------------------------------


class Site:
    def __init__(self, place):
        self.place = place
        names = [name for name in os.listdir(place) if name.endswith(".html")]
        self.pages = {name: Page(os.path.join(place, name)) for name in sorted(names)}

    def targets(self, name):
        """Pairs of file and anchor that the page links to within the site."""
        for link, _ in self.pages[name].links:
            if not re.match(r"[a-z]+:", link):
                path, _, anchor = link.partition("#")
                yield path or name, anchor

    def remove_unreachable(self):
        if "index.html" not in self.pages:
            sys.exit("there is no index.html: docs/start.md did not become the first page")
        reached, todo = set(), ["index.html"]
        while todo:
            name = todo.pop()
            if name in self.pages and name not in reached:
                reached.add(name)
                todo += [path for path, _ in self.targets(name)]
        for name in set(self.pages) - reached:
            del self.pages[name]
        needed = {path for name in self.pages for path, _ in self.targets(name)} | reached
        for name in set(os.listdir(self.place)) - needed:
            os.remove(os.path.join(self.place, name))

    def broken_links(self):
        broken = 0
        for name in self.pages:
            for path, anchor in sorted(set(self.targets(name))):
                if not os.path.exists(os.path.join(self.place, path)):
                    print(f"{name}: a link leads to {path}, which does not exist")
                elif path in self.pages and anchor not in self.pages[path].anchors:
                    print(f"{name}: a link leads to {path}#{anchor}, an anchor that does not exist")
                else:
                    continue
                broken += 1
        return broken

    def write_index(self):
        entries = []
        for name, page in self.pages.items():
            title = squeezed(page.title).split(": ", 1)[-1]
            for anchor, heading, text in page.sections:
                entry = [name + ("#" + anchor if anchor else ""), title, squeezed(heading)]
                entries.append(entry + [squeezed(text)])
        with open(os.path.join(self.place, "search-index.js"), "w", encoding="utf-8") as file:
            file.write("window.searchIndex = ")
            json.dump(entries, file, ensure_ascii=False, separators=(",", ":"))
            file.write(";\n")
        return len(entries)


def finish(place):
    site = Site(place)
    site.remove_unreachable()
    broken = site.broken_links()
    sections = site.write_index()
    print(f"{len(site.pages)} pages, {sections} sections to search in, {broken} broken links")
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1] == "menu":
        menu(*sys.argv[2:])
    else:
        sys.exit(finish(*sys.argv[2:]))
