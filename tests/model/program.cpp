// SPDX-License-Identifier: MIT
#include "program.hpp"

#include "pollux/pollux.h"

#include <cstring>
#include <optional>
#include <sstream>

namespace model {

namespace {

// What the arguments are: (p)oller, (n)umber, (k)ind, (i)nterest, (s)hutdown, (c)ount.
struct Form {
    const char* name;
    const char* args;
};

constexpr Form kForms[kVerbs] = {
    {"open", "knn"}, {"close", "n"},      {"dup", "nn"},    {"write", "nc"},    {"read", "nc"},
    {"drain", "n"},  {"fill", "n"},       {"urgent", "n"},  {"shutdown", "ns"}, {"reset", "n"},
    {"add", "pni"},  {"modify", "pni"},   {"remove", "pn"}, {"wake", "p"},      {"wait", "pcc"},
    {"fork", ""},    {"after_fork", "p"}, {"front", "p"},
};

constexpr const char* kKindNames[kKinds] = {"unix",    "tcp", "pipe",     "fifo",
                                            "eventfd", "pty", "listener", "file"};
constexpr const char* kShutdownNames[] = {"", "read", "write", "both"};

struct Bit {
    uint32_t bit;
    const char* name;
};
constexpr Bit kBits[] = {
    {PLX_READABLE, "READABLE"},
    {PLX_WRITABLE, "WRITABLE"},
    {PLX_PRIORITY, "PRIORITY"},
    {PLX_EDGE, "EDGE"},
    {PLX_ONESHOT, "ONESHOT"},
    {PLX_EXCLUSIVE, "EXCLUSIVE"},
    {PLX_READ_CLOSED, "READ_CLOSED"},
    {PLX_HANGUP, "HANGUP"},
    {PLX_ERROR, "ERROR"},
    {PLX_WOKEN, "WOKEN"},
};

std::string argument_text(char type, int value) {
    switch (type) {
        case 'k':
            return kKindNames[value];
        case 's':
            return kShutdownNames[value];
        case 'i':
            return interest_text(static_cast<uint32_t>(value));
        default:
            return std::to_string(value);
    }
}

template <size_t size>
std::optional<int> index_in(const char* const (&names)[size], const std::string& word) {
    for (size_t i = 0; i < size; ++i) {
        if (word == names[i]) return static_cast<int>(i);
    }
    return std::nullopt;
}

std::optional<int> parse_number(const std::string& word, int least, int most) {
    std::istringstream in(word);
    int value;
    if (!(in >> value) || !in.eof() || value < least || value > most) return std::nullopt;
    return value;
}

std::optional<int> parse_interest(const std::string& word) {
    uint32_t interest = 0;
    std::istringstream names(word);
    for (std::string name; std::getline(names, name, '|');) {
        uint32_t found = 0;
        for (const Bit& bit : kBits) {
            if (name == bit.name) found = bit.bit;
        }
        if (found == 0 && name.rfind("0x", 0) == 0) {
            found = static_cast<uint32_t>(std::strtoul(name.c_str(), nullptr, 16));
        }
        if (found == 0 && name != "0") return std::nullopt;
        interest |= found;
    }
    return static_cast<int>(interest);
}

std::optional<int> parse_argument(char type, const std::string& word) {
    switch (type) {
        case 'p':
            return parse_number(word, 0, kPollers - 1);
        case 'n':
            return parse_number(word, -1, kNumbers - 1);
        case 'k':
            return index_in(kKindNames, word);
        case 's':
            return index_in(kShutdownNames, word);
        case 'i':
            return parse_interest(word);
        default:
            return parse_number(word, -1, 1'000'000);
    }
}

bool parse_line(const std::string& line, Op* op) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    for (int verb = 0; verb < kVerbs; ++verb) {
        const Form& form = kForms[verb];
        if (word != form.name) continue;
        op->verb = static_cast<Verb>(verb);
        for (size_t i = 0; i < std::strlen(form.args); ++i) {
            if (!(words >> word)) return false;
            const auto value = parse_argument(form.args[i], word);
            if (!value) return false;
            op->args[i] = *value;
        }
        return !(words >> word);
    }
    return false;
}

}  // namespace

std::string interest_text(uint32_t interest) {
    std::string text;
    for (const Bit& bit : kBits) {
        if ((interest & bit.bit) == 0) continue;
        text += (text.empty() ? "" : "|") + std::string(bit.name);
        interest &= ~bit.bit;
    }
    if (interest == 0) return text.empty() ? "0" : text;
    std::ostringstream rest;
    rest << (text.empty() ? "" : "|") << "0x" << std::hex << interest;
    return text + rest.str();
}

std::string to_text(const Op& op) {
    const Form& form = kForms[static_cast<int>(op.verb)];
    std::string text = form.name;
    for (size_t i = 0; i < std::strlen(form.args); ++i)
        text += " " + argument_text(form.args[i], op.args[i]);
    return text;
}

std::string to_text(const Program& program) {
    std::string text;
    for (const Op& op : program)
        text += to_text(op) + "\n";
    return text;
}

std::string parse(const std::string& text, Program* out) {
    std::istringstream lines(text);
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        ++count;
        if (line.empty() || line[0] == '#') continue;
        Op op{};
        if (!parse_line(line, &op)) {
            return "line " + std::to_string(count) + " is no call of a program: " + line;
        }
        out->push_back(op);
    }
    return "";
}

}  // namespace model
