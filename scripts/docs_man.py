#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Man pages of section 3, from the same comments as the site: out of Doxygen's XML.

    docs_man.py XML-DIRECTORY OUT-DIRECTORY VERSION

A page for each function, pollux(3) with the conventions and all functions, and pollux_types(3) with
the constants, structs and callbacks.
"""

import os
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

GROUPS = ["c_poller", "c_loop", "c_backends", "c_errors", "c_version"]
LIBRARY = "Pollux (\\fIlibpollux\\fR, \\fI\\-lpollux\\fR)"
INCLUDE = "\\fB#include <pollux/pollux.h>\\fR"
THREADS = re.compile(r"(?:^|(?<=[.;] ))(Any thread[^.]*\.|The loop's thread\.)\s*$")
LOOP_THREADS = "A loop and everything started on it belong to the thread that runs it."


# Text ---------------------------------------------------------------------------------------------


def escaped(text, is_code=False):
    text = (text or "").replace("\\", "\\e").replace("\u2026", "...")
    return text.replace("-", "\\-") if is_code else re.sub(r"(?<!\w)-(?=\w)", r"\\-", text)


def bold(text):
    return f"\\fB{text}\\fR"


class Words:
    """Turns Doxygen's elements into lines of roff, and remembers which functions they name."""

    def __init__(self, parameters=()):
        self.parameters = set(parameters)
        self.named = set()

    def inline(self, element):
        out = escaped(element.text)
        for child in element:
            if child.tag not in ("parameterlist", "simplesect", "itemizedlist", "orderedlist"):
                out += self.piece(child)
            out += escaped(child.tail)
        return out

    def piece(self, child):
        inner = self.inline(child)
        if child.tag == "ref" and inner.endswith("()"):
            self.named.add(inner[:-2])
            return bold(inner[:-2]) + "(3)"
        if child.tag == "computeroutput":
            plain = "".join(child.itertext())
            if plain in self.parameters:
                return f"\\fI{plain}\\fR"
            return inner if child.find("ref") is not None else bold(escaped(plain, is_code=True))
        if child.tag in ("ref", "bold"):
            return bold(inner)
        return f"\\fI{inner}\\fR" if child.tag == "emphasis" else inner

    def blocks(self, element):
        """The paragraphs and lists below an element, each a list of lines, in their order."""
        out = []
        for para in element.findall("para"):
            # A paragraph may hold lists between its words.
            piece = ElementTree.Element("para")
            piece.text = para.text
            for child in para:
                if child.tag in ("itemizedlist", "orderedlist"):
                    out += [self.filled(piece), self.listed(child)]
                elif child.tag in ("parameterlist", "simplesect"):
                    out.append(self.filled(piece))
                else:
                    piece.append(child)
                    continue
                piece = ElementTree.Element("para")
                piece.text = child.tail
            out.append(self.filled(piece))
        return [lines for lines in out if lines]

    def filled(self, para):
        return wrapped(self.inline(para))

    def listed(self, items):
        out = []
        for number, item in enumerate(items.findall("listitem"), 1):
            mark = f"{number}." if items.tag == "orderedlist" else "\\(bu"
            out.append(f".IP {mark} 4")
            for index, lines in enumerate(self.blocks(item)):
                out += ([".IP"] if index else []) + lines
        return out


def wrapped(text):
    text = " ".join(text.split())
    lines = textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False)
    return ["\\&" + line if line[0] in ".'" else line for line in lines]


def decapitalized(text):
    return text if text[1:2].isupper() or text[:1] == "\\" else text[:1].lower() + text[1:]


# What was documented ------------------------------------------------------------------------------


class Documented:
    """A function, macro or callback: its name, its words, and its parts."""

    def __init__(self, member):
        self.member = member
        self.name = member.findtext("name")
        self.kind = member.get("kind")
        self.parameters = [
            ("".join(each.find("type").itertext()), each.findtext("declname"))
            for each in member.findall("param")
            if each.find("declname") is not None
        ]
        self.words = Words(name for _, name in self.parameters)

    def brief(self):
        """The first sentence of the brief description, and the rest of it."""
        paras = self.member.findall("briefdescription/para")
        text = " ".join(self.words.inline(para) for para in paras)
        first, _, rest = " ".join(text.split()).partition(". ")
        return first.rstrip("."), rest

    def description(self):
        """What follows the parameters and results is at the end."""
        first, rest = self.brief()
        blocks = self.words.blocks(self.member.find("detaileddescription"))
        start = " ".join(text for text in (first and first + ".", rest) if text)
        if blocks and not blocks[0][0].startswith("."):
            start += " " + " ".join(blocks.pop(0))
        return ([wrapped(start)] if start.strip() else []) + blocks

    def parameter_list(self):
        for item in self.member.iter("parameteritem"):
            name = item.findtext("parameternamelist/parametername")
            yield name, self.words.blocks(item.find("parameterdescription"))

    def returned(self):
        """What it gives, and the list of its errors: pairs of names and lines."""
        section = self.member.find(".//simplesect[@kind='return']")
        if section is None:
            return [], []
        errors = []
        for item in section.iter("listitem"):
            text = " ".join(self.words.inline(para) for para in item.findall("para"))
            names, _, meaning = text.partition(": ")
            errors.append((names, wrapped(meaning)))
        texts = []
        for para in section.findall("para"):
            text = " ".join(self.words.inline(para).split())
            if errors:
                text = re.sub(r"[;,]? or$", ", or one of the errors below.", text)
            texts.append(text)
        return texts, errors


# Pages --------------------------------------------------------------------------------------------


def heading(name, version):
    """Names are long, and better not divided or drawn apart."""
    return [f'.TH {name.upper()} 3 "" "Pollux {version}" "Pollux"', ".nh", ".ad l"]


def paragraphs(blocks, between=".PP"):
    """Lists start by themselves, other blocks after the first need a break."""
    out = []
    for index, lines in enumerate(blocks):
        if index and not lines[0].startswith(".IP"):
            out.append(between)
        out += lines
    return out


def item(shown, blocks):
    return [".TP", shown, *paragraphs(blocks, between=".IP")]


def synopsis(function):
    kind = "".join(function.member.find("type").itertext()).replace("PLX_EXPORT", "").strip()
    start = f"{kind} {function.name}(".replace("* ", "*")
    pieces = [f"\\fB{kind} \\fI{name}\\fR".replace("* ", "*") for kind, name in function.parameters]
    if not pieces:
        return [bold(start + "void);")]
    lines, line = [], bold(start)
    room = len(start)
    for index, piece in enumerate(pieces):
        last = index + 1 == len(pieces)
        piece += bold(");" if last else ",")
        width = len(re.sub(r"\\f[BIR]", "", piece)) + 1
        if room + width > 76:
            lines.append(line)
            line, room = bold(" " * len(start)), len(start)
        elif index:
            line += " "
        line += piece
        room += width
    return lines + [line]


def take_threads(texts):
    """Takes what is said about threads off the end of the texts."""
    for index, text in enumerate(texts):
        found = THREADS.search(text)
        if found:
            texts[index] = text[: found.start()].strip()
            return found[1]
    return ""


def function_page(function, group, version):
    name = function.name
    brief, _ = function.brief()
    described = [" ".join(lines) if not lines[0].startswith(".") else lines
                 for lines in function.description()]
    parameters = list(function.parameter_list())
    returned, errors = function.returned()
    plain = [text for text in described if isinstance(text, str)]
    threads = take_threads(plain) or take_threads(returned)
    kept = iter(plain)
    described = [next(kept) if isinstance(text, str) else text for text in described]
    if not threads and group == "c_loop" and name not in ("plx_loop_create", "plx_loop_destroy"):
        threads = LOOP_THREADS

    out = heading(name, version)
    out += [".SH NAME", f"{name} \\- {decapitalized(brief)}", ".SH LIBRARY", LIBRARY]
    out += [".SH SYNOPSIS", ".nf", INCLUDE, ".PP", *synopsis(function), ".fi"]
    blocks = [wrapped(text) if isinstance(text, str) else text for text in described if text]
    out += [".SH DESCRIPTION", *paragraphs(blocks)]
    for parameter, lines in parameters:
        out += item(f"\\fI{parameter}\\fR", lines)
    if returned:
        texts = [text[:1].upper() + text[1:] for text in returned if text]
        out += [".SH RETURN VALUE", *paragraphs([wrapped(text) for text in texts])]
    if errors:
        out.append(".SH ERRORS")
        for names, lines in errors:
            out += item(names, [lines]) if lines else item("others", [wrapped(names)])
    if threads:
        out += [".SH THREADS", *wrapped(threads)]
    others = sorted(function.words.named - {name})
    pages = [f"{bold(other)}(3)" for other in others + ["pollux", "pollux_types"]]
    return out + [".SH SEE ALSO", ",\n".join(pages)]


def overview(page, groups, version):
    words = Words()
    out = heading("pollux", version)
    brief = words.inline(page.find("briefdescription/para")).split(":", 1)[1].strip().rstrip(".")
    out += [".SH NAME", f"pollux \\- {brief}", ".SH LIBRARY", LIBRARY]
    out += [".SH SYNOPSIS", ".nf", INCLUDE, ".fi"]
    conventions = page.find("detaileddescription/sect1")
    out += [".SH CONVENTIONS", *paragraphs(words.blocks(conventions))]
    for group, members in groups:
        out.append(f".SH {group.findtext('title').upper()}")
        texts = [words.inline(para) for para in group.findall("briefdescription/para")]
        blocks = [wrapped(text) for text in texts]
        if group.findtext("compoundname") == "c_loop":
            blocks += words.blocks(group.find("detaileddescription"))
        out += paragraphs(blocks)
        for member in members:
            if member.kind == "function":
                out += item(f"{bold(member.name)}(3)", [wrapped(member.brief()[0] + ".")])
    environment = "Narrows the choice of a backend: see " + bold("plx_poller_create") + "(3)."
    out += [".SH ENVIRONMENT", ".TP", bold("POLLUX_BACKEND"), environment]
    return out + [".SH SEE ALSO", bold("pollux_types") + "(3)"]


def struct_lines(words, struct):
    brief = wrapped(words.inline(struct.find("briefdescription/para")))
    out = item(bold("struct " + struct.findtext("compoundname")), [brief]) + [".RS"]
    for field in struct.iter("memberdef"):
        kind = escaped("".join(field.find("type").itertext()))
        name = field.findtext("name") + (field.findtext("argsstring") or "")
        texts = [words.inline(para) for para in field.findall("*/para")]
        out += item(f"{bold(kind)} \\fI{name}\\fR", [wrapped(" ".join(texts))])
    return out + [".RE"]


def declaration(member):
    if member.kind == "typedef":
        kind = "".join(member.member.find("type").itertext())
        arguments = member.member.findtext("argsstring") or ""
        result, is_pointer, _ = kind.partition("(*")
        if not is_pointer:
            return bold(f"typedef {kind} {member.name}")
        # Versions of Doxygen differ in where the bracket is closed.
        return bold(f"typedef {result.strip()} (*{member.name}){arguments.removeprefix(')')}")
    value = member.member.findtext("initializer") or ""
    return bold(member.name) + ("" if "{" in value else f" {escaped(value)}")


def types_page(groups, structs, version):
    words = Words()
    out = heading("pollux_types", version)
    out += [".SH NAME", "pollux_types \\- constants, structs and callbacks of pollux"]
    out += [".SH LIBRARY", LIBRARY, ".SH SYNOPSIS", ".nf", INCLUDE, ".fi"]
    for group, members in groups:
        members = [member for member in members if member.kind != "function"]
        if members:
            out.append(f".SH {group.findtext('title').upper()}")
        for member in members:
            out += item(declaration(member), member.description())
        for inner in group.findall("innerclass"):
            out += struct_lines(words, structs[inner.get("refid")])
    return out + [".SH SEE ALSO", bold("pollux") + "(3)"]


# -------------------------------------------------------------------------------------------------


def main(place, out, version):
    def read(name):
        return ElementTree.parse(os.path.join(place, name + ".xml")).find("compounddef")

    groups = []
    for name in GROUPS:
        group = read("group__" + name.replace("_", "__"))
        groups.append((group, [Documented(member) for member in group.iter("memberdef")]))
    structs = {
        inner.get("refid"): read(inner.get("refid"))
        for group, _ in groups
        for inner in group.findall("innerclass")
    }
    pages = {"pollux": overview(read("pollux_8h"), groups, version)}
    pages["pollux_types"] = types_page(groups, structs, version)
    for group, members in groups:
        for member in members:
            if member.kind == "function":
                page = function_page(member, group.findtext("compoundname"), version)
                pages[member.name] = page
    os.makedirs(out, exist_ok=True)
    for name, lines in pages.items():
        with open(os.path.join(out, name + ".3"), "w", encoding="utf-8") as file:
            file.write('.\\" SPDX-License-Identifier: MIT\n')
            file.writelines(line.rstrip() + "\n" for line in lines)
    print(f"{len(pages)} man pages")


if __name__ == "__main__":
    main(*sys.argv[1:])
