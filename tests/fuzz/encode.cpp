// SPDX-License-Identifier: MIT
// Reads a program as text and writes it as the bytes of the fuzzer: how the corpus is made.
#include "bytes.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>

int main() {
    const std::string text((std::istreambuf_iterator<char>(std::cin)),
                           std::istreambuf_iterator<char>());
    model::Program program;
    const std::string wrong = model::parse(text, &program);
    if (!wrong.empty()) {
        std::fprintf(stderr, "encode: %s\n", wrong.c_str());
        return 2;
    }
    const std::vector<uint8_t> bytes = fuzz::to_bytes(program);
    return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
