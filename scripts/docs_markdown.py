#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prepares a page for Doxygen, as FILTER_PATTERNS calls it: prints what Doxygen is to read.

The pages are written to be read as they are, too. For the site
- each heading gets a label, so that links to it work in every version of Doxygen;
- links to other pages and to headers lead there, links out of the site become plain text;
- an image is shown with its words for those who cannot see it;
- a line of links to programs in guide/ becomes the programs, one below the other;
- of a list of tests in a table each gets a line of its own.
"""

import os
import re
import sys

SUFFIXES = {".c": "c", ".cpp": "cpp", ".rs": "rs", ".py": "py", ".go": "go"}
START = "start"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
GUIDE_LINK = r"\[([^\]]+)\]\((guide/[^)]+)\)"
GUIDE_LINE = re.compile(rf"{GUIDE_LINK}(, {GUIDE_LINK})*$")
TEST = r"`[^`]+` \([a-z_/]+_test\.cpp\)"
TESTS = re.compile(rf"(?<=\| )({TEST}(?:, {TEST})*)(?= \|)")


def slug(heading):
    """The anchor that Markdown viewers give to a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.lower()).strip()
    return text.replace(" ", "-")


def label(page, fragment=""):
    if fragment:
        return f"{page}-{fragment}"
    return "index" if page == START else page


def raw_html(text):
    return f"\n@htmlonly[block]\n{text}\n@endhtmlonly\n"


def list_of_tests(cell):
    tests = re.sub(r"(`[^`]+`) \(([^)]+)\)(, )?", r"<li>\1 <small>\2</small></li>", cell[1])
    return f"<ul>{tests}</ul>"


class Page:
    def __init__(self, path):
        self.place = os.path.dirname(path)
        self.name = os.path.splitext(os.path.basename(path))[0].lower()

    def heading(self, line):
        marks, text = line.split(" ", 1)
        if marks == "#" and self.name == START:
            return f"{line} {{#mainpage}}"
        if marks == "#":
            return f"{line} {{#{label(self.name)}}}\n\n[TOC]"
        return f"{line} {{#{label(self.name, slug(text))}}}"

    def link(self, match):
        is_image, text, target = match.groups()
        if is_image:
            name = os.path.basename(target)
            return raw_html(f'<img class="diagram" src="{name}" alt="{text}"/>')
        if "://" in target:
            return match.group(0)
        path, _, fragment = target.partition("#")
        name, suffix = os.path.splitext(os.path.basename(path))
        full = os.path.normpath(os.path.join(self.place, path))
        if not path:
            return f"[{text}](@ref {label(self.name, fragment)})"
        if suffix == ".md" and os.path.dirname(full) in ("docs", "") and name != "README":
            return f"[{text}](@ref {label(name.lower(), fragment)})"
        if suffix in (".h", ".hpp") and full.startswith("include/pollux/"):
            return f"[{text}](@ref {name}{suffix})"
        return text

    def programs(self, line):
        """The programs as sections, which docs/site/site.js makes tabs of."""
        out = [raw_html('<div class="languages">')]
        for language, path in re.findall(GUIDE_LINK, line):
            with open(os.path.join(self.place, path), encoding="utf-8") as file:
                source = [text for text in file.read().splitlines() if "SPDX-" not in text]
            suffix = SUFFIXES[os.path.splitext(path)[1]]
            out.append(raw_html(f'<section><h3 class="language">{language}</h3>'))
            out += [f"```{{.{suffix}}}", *source, "```", raw_html("</section>")]
        return "\n".join(out + [raw_html("</div>")])

    def line(self, line):
        if re.match(r"#{1,4} ", line):
            return self.heading(line)
        if GUIDE_LINE.match(line):
            return self.programs(line)
        line = TESTS.sub(list_of_tests, line)
        return LINK.sub(self.link, line)


def main():
    path = sys.argv[1]
    page = Page(os.path.relpath(path))
    in_code = False
    with open(path, encoding="utf-8") as file:
        # The words for an image may take more than a line.
        text = IMAGE.sub(lambda image: " ".join(image[0].split()), file.read())
        for line in text.splitlines():
            if line.lstrip().startswith("```"):
                in_code = not in_code
            is_code = in_code or line.startswith("    ")
            print(line if is_code else page.line(line))


if __name__ == "__main__":
    main()
