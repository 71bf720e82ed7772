// SPDX-License-Identifier: MIT
#include "loop_program.hpp"

#include "pollux/pollux.h"

#include <cstring>
#include <optional>
#include <sstream>

namespace loop_model {

namespace {

// What the arguments are: (n)ame, (e)nd, (i)nterest, (m)ode of a run, (c)ount.
struct Form {
    const char* name;
    const char* args;
};

constexpr Form kForms[kVerbs] = {
    {"io", "nei"},        {"io_set", "ni"}, {"send", "e"},        {"drain", "e"},  {"timer", "ncc"},
    {"timer_set", "ncc"}, {"signal", "nc"}, {"raise", "c"},       {"work", "nc"},  {"release", ""},
    {"settle", ""},       {"post", "n"},    {"post_from", "cnc"}, {"join", "c"},   {"close", "n"},
    {"close_old", "n"},   {"foreign", "c"}, {"ref", "n"},         {"unref", "n"},  {"stop", ""},
    {"run", "m"},         {"sleep", "c"},   {"update_now", ""},   {"destroy", ""},
};

constexpr const char* kModes[] = {"default", "once", "nowait"};
constexpr const char* kInterestNames[kInterests] = {
    "none", "read", "write", "both", "read_once", "write_once", "both_once", "wrong"};

std::string argument_text(char type, int value) {
    if (type == 'i') return kInterestNames[value];
    if (type == 'm') return kModes[value];
    return std::to_string(value);
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

std::optional<int> parse_argument(char type, const std::string& word) {
    switch (type) {
        case 'n':
            return parse_number(word, 0, kNames - 1);
        case 'e':
            return parse_number(word, -1, kEnds - 1);
        case 'i':
            return index_in(kInterestNames, word);
        case 'm':
            return index_in(kModes, word);
        default:
            return parse_number(word, -1, 2'000'000'000);
    }
}

bool parse_call(const std::string& word, std::istringstream& words, Op* op) {
    for (int verb = 0; verb < kVerbs; ++verb) {
        const Form& form = kForms[verb];
        if (word != form.name) continue;
        op->verb = static_cast<Verb>(verb);
        std::string argument;
        for (size_t i = 0; i < std::strlen(form.args); ++i) {
            if (!(words >> argument)) return false;
            const auto value = parse_argument(form.args[i], argument);
            if (!value) return false;
            op->args[i] = *value;
        }
        return !(words >> argument);
    }
    return false;
}

bool parse_head(std::istringstream& words, Program* out) {
    std::string word;
    bool is_racy = false;
    bool is_wild = false;
    if (!(words >> word >> out->threads >> word >> out->events)) return false;
    while (words >> word) {
        is_racy |= word == "racy";
        is_wild |= word == "wild";
    }
    out->settles = !is_racy;
    out->is_calm = !is_wild;
    return true;
}

bool parse_line(const std::string& line, Program* out) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "loop") return parse_head(words, out);
    Op op{};
    if (word == "in") {
        words >> word;
        const auto name = parse_number(word, 0, kNames - 1);
        if (!name || !(words >> word)) return false;
        op.where = *name;
    }
    if (!parse_call(word, words, &op)) return false;
    out->ops.push_back(op);
    return true;
}

}  // namespace

uint32_t interest_of(int number) {
    constexpr uint32_t kOnce = PLX_ONESHOT;
    constexpr uint32_t kBoth = PLX_READABLE | PLX_WRITABLE;
    constexpr uint32_t kAll[kInterests] = {0,
                                           PLX_READABLE,
                                           PLX_WRITABLE,
                                           kBoth,
                                           PLX_READABLE | kOnce,
                                           PLX_WRITABLE | kOnce,
                                           kBoth | kOnce,
                                           PLX_HANGUP};
    return kAll[number];
}

std::string to_text(const Op& op) {
    const Form& form = kForms[static_cast<int>(op.verb)];
    std::string text = op.where == kInMain ? "" : "in " + std::to_string(op.where) + " ";
    text += form.name;
    for (size_t i = 0; i < std::strlen(form.args); ++i)
        text += " " + argument_text(form.args[i], op.args[i]);
    return text;
}

std::string head_text(const Program& program) {
    return "loop threads " + std::to_string(program.threads) + " events " +
           std::to_string(program.events) + (program.settles ? "" : " racy") +
           (program.is_calm ? "" : " wild");
}

std::string to_text(const Program& program) {
    std::string text = head_text(program) + "\n";
    for (const Op& op : program.ops)
        text += to_text(op) + "\n";
    return text;
}

std::string parse(const std::string& text, Program* out) {
    std::istringstream lines(text);
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        ++count;
        if (line.empty() || line[0] == '#') continue;
        if (!parse_line(line, out)) {
            return "line " + std::to_string(count) + " is no call of a program: " + line;
        }
    }
    return "";
}

}  // namespace loop_model
