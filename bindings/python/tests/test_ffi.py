# SPDX-License-Identifier: MIT
"""The declarations are those of the C header."""

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from pollux import _ffi

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.normpath(os.path.join(HERE, "..", "..", "..", "include"))
HEADER = os.path.join(INCLUDE, "pollux", "pollux.h")

SCALARS = {
    "void": None,
    "int": ctypes.c_int,
    "size_t": ctypes.c_size_t,
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "plx_handle": _ffi.plx_handle,
}


def read_header():
    with open(HEADER, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    return re.sub(r"#define PLX_EXPORT.*", "", text)


def ctype_of(declared):
    """The ctypes type of a parameter or result such as `const char* name`."""
    words = re.findall(r"\w+|\*", declared.replace("const", " "))
    pointers = words.count("*")
    base = words[0]
    if pointers == 0:
        return SCALARS[base] if base in SCALARS else getattr(_ffi, base)
    if base == "char":
        return ctypes.c_char_p
    if base in ("plx_poller", "plx_loop", "void"):
        return ctypes.c_void_p if pointers == 1 else ctypes.POINTER(ctypes.c_void_p)
    pointed = SCALARS[base] if base in SCALARS else getattr(_ffi, base)
    return ctypes.POINTER(pointed)


def parameters_of(text):
    text = " ".join(text.split())
    return [] if text in ("", "void") else [ctype_of(one) for one in text.split(",")]


class HeaderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.header = read_header()

    def test_every_function_has_the_result_and_the_parameters_of_the_header(self):
        declared = {}
        pattern = r"PLX_EXPORT\s+([^;()#]*?)(plx_\w+)\s*\(([^;]*)\)\s*;"
        for result, name, parameters in re.findall(pattern, self.header):
            declared[name] = (ctype_of(result), parameters_of(parameters))
        self.assertGreater(len(declared), 40)
        self.assertEqual(sorted(declared), sorted(_ffi.FUNCTIONS))
        for name, expected in declared.items():
            with self.subTest(function=name):
                result, parameters = _ffi.FUNCTIONS[name]
                self.assertEqual((result, list(parameters)), expected)

    def test_every_callback_has_the_parameters_of_the_header(self):
        callbacks = re.findall(r"typedef void \(\*(plx_\w+)\)\(([^;]*)\);", self.header)
        self.assertGreater(len(callbacks), 9)
        for name, parameters in callbacks:
            with self.subTest(callback=name):
                own = getattr(_ffi, name)
                self.assertIsNone(own._restype_)
                self.assertEqual(list(own._argtypes_), parameters_of(parameters))

    def test_every_struct_of_the_header_is_declared(self):
        structs = re.findall(r"typedef struct (plx_\w+) \{", self.header)
        declared = [name for name in vars(_ffi) if is_struct(name)]
        self.assertEqual(sorted(structs), sorted(declared))


def is_struct(name):
    own = vars(_ffi)[name]
    return isinstance(own, type) and issubclass(own, ctypes.Structure) and name != "Structure"


class CompilerTest(unittest.TestCase):
    """What only a compiler knows: sizes, offsets and values."""

    @classmethod
    def setUpClass(cls):
        compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
        if compiler is None:
            raise AssertionError("this test needs a C compiler (cc, or CC), and none is here")
        header = read_header()
        lines = []
        for name in re.findall(r"#define (PLX_\w+) (?:UINT32_C|\d)", header):
            lines.append(f'printf("{name} %lld\\n", (long long)({name}));')
        for struct in re.findall(r"typedef struct (plx_\w+) \{", header):
            lines.append(f'printf("{struct} %zu\\n", sizeof({struct}));')
            body = re.search(r"typedef struct %s \{(.*?)\}" % struct, header, re.DOTALL).group(1)
            for field in re.findall(r"(\w+)(?:\[\d+\])?;", body):
                place = f"offsetof({struct}, {field}), sizeof((({struct}*)0)->{field})"
                lines.append(f'printf("{struct}.{field} %zu %zu\\n", {place});')
        cls.values = cls.compile_and_run(compiler, lines)

    @staticmethod
    def compile_and_run(compiler, lines):
        includes = "#include <pollux/pollux.h>\n#include <stdio.h>\n"
        source = includes + "int main(void) {\n" + "\n".join(lines) + "\nreturn 0;\n}\n"
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "values.c")
            with open(path, "w", encoding="utf-8") as file:
                file.write(source)
            program = os.path.join(directory, "values")
            subprocess.run([compiler, "-I", INCLUDE, path, "-o", program], check=True)
            output = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout
        rows = [line.split() for line in output.decode().splitlines()]
        return {row[0]: tuple(map(int, row[1:])) for row in rows}

    def test_every_constant_has_the_value_of_the_header(self):
        constants = {name: v for name, v in self.values.items() if name.startswith("PLX_")}
        self.assertGreater(len(constants), 30)
        own = {name: (v,) for name, v in vars(_ffi).items() if name.startswith("PLX_")}
        self.assertEqual(own, constants)

    def test_every_struct_has_the_size_and_the_offsets_of_the_header(self):
        structs = {name: v for name, v in self.values.items() if name.startswith("plx_")}
        own = {}
        for name in filter(is_struct, vars(_ffi)):
            struct = getattr(_ffi, name)
            own[name] = (ctypes.sizeof(struct),)
            for field, *_ in struct._fields_:
                place = getattr(struct, field)
                own[f"{name}.{field}"] = (place.offset, place.size)
        self.assertEqual(own, structs)


if __name__ == "__main__":
    unittest.main()
