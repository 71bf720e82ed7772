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

import html
import os
import re
import sys

START = "start"
PAGES = re.compile(r"docs/\w+\.md|CONTRIBUTING\.md|bindings/\w+/README\.md")
# What Doxygen cannot highlight.
KEYWORDS = {
    "rs": "as break const continue else enum false fn for if impl in let loop match mod move mut "
    "pub ref return self static struct true type unsafe use where while",
    "go": "break case chan const continue default defer else false for func go goto if import "
    "interface map nil package range return select struct switch true type var",
}
FENCES = {"rust": "rs", "go": "go"}
TOKEN = re.compile(r'(?P<comment>//.*)|(?P<stringliteral>"(?:\\.|[^"\\])*")|(?P<keyword>\b\w+\b)')
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


def highlighted(source, language):
    keywords = KEYWORDS[language].split()

    def mark(token):
        text = html.escape(token[0], quote=False)
        if token.lastgroup == "keyword" and token[0] not in keywords:
            return text
        return f'<span class="{token.lastgroup}">{text}</span>'

    def marked(line):
        out, end = "", 0
        for token in TOKEN.finditer(line):
            out += html.escape(line[end : token.start()], quote=False) + mark(token)
            end = token.end()
        return out + html.escape(line[end:], quote=False)

    lines = "".join(f'<div class="line">{marked(line)}</div>\n' for line in source)
    return raw_html(f'<div class="fragment">{lines}</div>')


def list_of_tests(cell):
    tests = re.sub(r"(`[^`]+`) \(([^)]+)\)(, )?", r"<li>\1 <small>\2</small></li>", cell[1])
    return f"<ul>{tests}</ul>"


def name_of(path):
    """The label of a page: its file's name, or of a README that of the directory."""
    place, name = os.path.split(path)
    return (os.path.basename(place) if name == "README.md" else name[: -len(".md")]).lower()


class Page:
    def __init__(self, path):
        self.place = os.path.dirname(path)
        self.name = name_of(path)

    def heading(self, line):
        marks, text = line.split(" ", 1)
        if marks == "#" and self.name == START:
            return line
        if marks == "#":
            return f"{line} {{#{label(self.name)}}}\n\n[TOC]"
        return f"{line} {{#{label(self.name, slug(text))}}}"

    def link(self, match):
        is_image, text, target = match.groups()
        if is_image:
            name = os.path.basename(target)
            shown = f'<img class="diagram" src="{name}" alt="{text}"/>'
            is_alone = match[0] == match.string.strip()
            return raw_html(shown) if is_alone else f"@htmlonly{shown}@endhtmlonly"
        if "://" in target:
            return match.group(0)
        path, _, fragment = target.partition("#")
        name, suffix = os.path.splitext(os.path.basename(path))
        full = os.path.normpath(os.path.join(self.place, path))
        if not path:
            return f"[{text}](@ref {label(self.name, fragment)})"
        if PAGES.fullmatch(full):
            return f"[{text}](@ref {label(name_of(full), fragment)})"
        if suffix in (".h", ".hpp") and full.startswith("include/pollux/"):
            return f"[{text}](@ref {name}{suffix})"
        return text

    def programs(self, line):
        """The programs as sections, which docs/site/site.js makes tabs of; or what they print."""
        out = [raw_html('<div class="languages">')]
        for language, path in re.findall(GUIDE_LINK, line):
            with open(os.path.join(self.place, path), encoding="utf-8") as file:
                source = [text for text in file.read().splitlines() if "SPDX-" not in text]
            suffix = path.rpartition(".")[2]
            if suffix == "txt":
                return "\n".join(["```{.unparsed}", *source, "```"])
            out.append(raw_html(f'<section><h3 class="language">{language}</h3>'))
            if suffix in KEYWORDS:
                out.append(highlighted(source, suffix))
            else:
                out += [f"```{{.{suffix}}}", *source, "```"]
            out.append(raw_html("</section>"))
        return "\n".join(out + [raw_html("</div>")])

    def line(self, line):
        if re.match(r"#{1,4} ", line):
            return self.heading(line)
        if GUIDE_LINE.match(line):
            return self.programs(line)
        if line.startswith("|"):
            line = re.sub(r"(?<=\| )no(?= \|)", '<span class="no">no</span>', line)
            line = TESTS.sub(list_of_tests, line)
        return LINK.sub(self.link, line)


def main():
    path = sys.argv[1]
    page = Page(os.path.relpath(path))
    in_code, foreign = False, None
    with open(path, encoding="utf-8") as file:
        # The words for an image may take more than a line.
        text = IMAGE.sub(lambda image: " ".join(image[0].split()), file.read())
        for line in text.splitlines():
            if line.lstrip().startswith("```"):
                in_code = not in_code
                language = FENCES.get(line.strip("` "))
                if language:
                    foreign = language, []
                    continue
                if foreign:
                    print(highlighted(foreign[1], foreign[0]))
                    foreign = None
                    continue
            if foreign:
                foreign[1].append(line)
            else:
                print(line if in_code or line.startswith("    ") else page.line(line))


if __name__ == "__main__":
    main()
