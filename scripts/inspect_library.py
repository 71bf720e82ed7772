#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a shared library of any system exports and needs, without that system's tools.

usage: inspect_library.py FILE KIND SYMBOLS NEEDED...

Fails unless FILE is of KIND ("ELF64 x86_64", "Mach-O arm64"), exports exactly the names in the file
SYMBOLS, and needs no libraries but those whose names match one of the patterns NEEDED.
"""
import fnmatch
import struct
import sys

ELF_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv"}
MACH_CPUS = {0x01000007: "x86_64", 0x0100000C: "arm64"}

SHT_DYNAMIC, SHT_DYNSYM = 6, 11
DT_NEEDED = 1
STB_GLOBAL, STB_WEAK = 1, 2

LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB = 0xC, 0x80000018
LC_DYLD_INFO, LC_DYLD_INFO_ONLY, LC_DYLD_EXPORTS_TRIE = 0x22, 0x80000022, 0x80000033

# zig's linker adds these; Apple's does not.
MACH_LINKER_SYMBOLS = {"__dso_handle", "_mh_dylib_header"}


def text_at(data, offset):
    return data[offset:data.index(b"\0", offset)].decode()


class Elf:
    """Little-endian, 32 or 64 bits."""

    def __init__(self, data):
        self.data = data
        self.wide = data[4] == 2
        machine = struct.unpack_from("<H", data, 18)[0]
        bits = 64 if self.wide else 32
        self.kind = f"ELF{bits} {ELF_MACHINES.get(machine, machine)}"
        self.sections = list(self.read_sections())

    def read_sections(self):
        start = struct.unpack_from("<Q", self.data, 40)[0] if self.wide else \
            struct.unpack_from("<I", self.data, 32)[0]
        size, count = struct.unpack_from("<HH", self.data, 58 if self.wide else 46)
        for i in range(count):
            # name type flags address offset size link info alignment entry-size
            yield struct.unpack_from("<IIQQQQIIQQ" if self.wide else "<IIIIIIIIII", self.data,
                                     start + i * size)

    def entries(self, kind, form):
        for section in self.sections:
            if section[1] != kind:
                continue
            strings = self.sections[section[6]][4]
            begin, end = section[4], section[4] + section[5]
            for offset in range(begin, end, struct.calcsize(form)):
                yield strings, struct.unpack_from(form, self.data, offset)

    def exported(self):
        for strings, symbol in self.entries(SHT_DYNSYM, "<IBBHQQ" if self.wide else "<IIIBBH"):
            name, info, section = (symbol[0], symbol[1], symbol[3]) if self.wide else \
                (symbol[0], symbol[3], symbol[5])
            # The name of the version itself is an absolute symbol.
            if section in (0, 0xFFF1) or info >> 4 not in (STB_GLOBAL, STB_WEAK):
                continue
            yield text_at(self.data, strings + name)

    def needed(self):
        for strings, (tag, value) in self.entries(SHT_DYNAMIC, "<QQ" if self.wide else "<II"):
            if tag == DT_NEEDED:
                yield text_at(self.data, strings + value)


class MachO:
    """Thin, 64 bits."""

    def __init__(self, data):
        self.data = data
        cpu = struct.unpack_from("<I", data, 4)[0]
        self.kind = f"Mach-O {MACH_CPUS.get(cpu, cpu)}"

    def commands(self):
        count = struct.unpack_from("<I", self.data, 16)[0]
        offset = 32
        for _ in range(count):
            command, size = struct.unpack_from("<II", self.data, offset)
            yield command, offset
            offset += size

    def exported(self):
        # The symbol table also names what the linker made up; the loader goes by this tree.
        for command, at in self.commands():
            if command in (LC_DYLD_INFO, LC_DYLD_INFO_ONLY):
                yield from self.walk(*struct.unpack_from("<II", self.data, at + 40))
            elif command == LC_DYLD_EXPORTS_TRIE:
                yield from self.walk(*struct.unpack_from("<II", self.data, at + 8))

    def walk(self, start, size, node=0, name=""):
        """A node: the size of its symbol's data (0 is no symbol), the data, the edges."""
        if size == 0:
            return
        symbol_size, at = self.number_at(start + node)
        symbol = name.removeprefix("_")
        if symbol_size > 0 and symbol not in MACH_LINKER_SYMBOLS:
            yield symbol
        at += symbol_size
        edges, at = self.data[at], at + 1
        for _ in range(edges):
            label = text_at(self.data, at)
            child, at = self.number_at(at + len(label) + 1)
            yield from self.walk(start, size, child, name + label)

    def number_at(self, at):
        """A ULEB128 number, and where it ends."""
        value = shift = 0
        while True:
            byte = self.data[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at

    def needed(self):
        for command, at in self.commands():
            if command in (LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB):
                yield text_at(self.data, at + struct.unpack_from("<I", self.data, at + 8)[0])


def open_library(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] == b"\x7fELF" and data[5] == 1:
        return Elf(data)
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return MachO(data)
    sys.exit(f"error: {path} is neither a little-endian ELF nor a 64-bit Mach-O file")


def complaints(library, kind, symbols, patterns):
    if library.kind != kind:
        yield f"it is {library.kind}, not {kind}"
    exported = set(library.exported())
    for name in sorted(exported - symbols):
        yield f"it exports {name}, which is not in the list"
    for name in sorted(symbols - exported):
        yield f"it does not export {name}"
    for name in library.needed():
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            yield f"it needs {name}"


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    path, kind, symbol_file, *patterns = sys.argv[1:]
    with open(symbol_file, encoding="utf-8") as file:
        symbols = set(file.read().split())
    library = open_library(path)
    problems = list(complaints(library, kind, symbols, patterns))
    for problem in problems:
        print(f"error: {path}: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{library.kind}, {len(symbols)} symbols, needs {' '.join(sorted(library.needed()))}")


if __name__ == "__main__":
    main()
