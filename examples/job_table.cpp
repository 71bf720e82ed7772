// SPDX-License-Identifier: MIT
#include "job_table.hpp"

#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>

namespace {

using std::chrono::nanoseconds;

constexpr double kMostSeconds = 366.0 * 24 * 3600;
constexpr char kSpace[] = " \t\r";

double seconds_of(const std::string& unit) {
    if (unit == "ms") return 1e-3;
    if (unit == "s") return 1;
    if (unit == "m") return 60;
    return unit == "h" ? 3600 : 0;
}

// The end of the word that begins at `begin`; its text without the quotes goes to `word`.
std::size_t take_word(const std::string& line, std::size_t begin, std::string& word) {
    char quote = '\0';
    std::size_t at = begin;
    for (; at < line.size(); ++at) {
        const char c = line[at];
        if (quote == '\0' && std::string(kSpace).find(c) != std::string::npos) break;
        if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        } else {
            word += c;
        }
    }
    if (quote != '\0') throw TableError(std::string("the quote ") + quote + " is not closed");
    return at;
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(kSpace, at)) != std::string::npos && line[at] != '#') {
        words.emplace_back();
        at = take_word(line, at, words.back());
    }
    return words;
}

// The words of one job, taken one after the other.
class Words {
public:
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}

    bool next_is(const char* word) const { return at_ < words_.size() && words_[at_] == word; }
    const std::string& take(const char* what) {
        if (at_ == words_.size()) throw TableError(std::string(what) + " is missing");
        return words_[at_++];
    }
    std::vector<std::string> rest() const {
        return {words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end()};
    }

private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

JobSpec parse_job(Words words) {
    JobSpec job;
    const std::string& first = words.take("every");
    if (first != "every") throw TableError("a job begins with 'every', not '" + first + "'");
    job.every = parse_duration(words.take("how often, such as 500ms,"));
    if (words.next_is("timeout")) {
        words.take("timeout");
        job.timeout = parse_duration(words.take("the duration of the timeout"));
    }
    job.name = words.take("the name");
    job.command = words.rest();
    if (job.command.empty()) throw TableError("the command of '" + job.name + "' is missing");
    return job;
}

}  // namespace

bool operator==(const JobSpec& a, const JobSpec& b) {
    return a.name == b.name && a.every == b.every && a.timeout == b.timeout &&
           a.command == b.command;
}

nanoseconds parse_duration(const std::string& text) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    const std::string unit = digits == std::string::npos ? "" : text.substr(digits);
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const double seconds = number * seconds_of(unit);
    const bool is_number = digits != 0 && end == text.c_str() + text.size() - unit.size();
    if (!is_number || seconds_of(unit) == 0) {
        throw TableError("'" + text + "' is no duration; write 250ms, 1.5s, 2m or 1h");
    }
    if (seconds < 1e-3 || seconds > kMostSeconds) {
        throw TableError("a duration is from 1ms to a year, not '" + text + "'");
    }
    return nanoseconds(std::llround(seconds * 1e9));
}

void JobTable::add_line(const std::string& line, const std::string& where) {
    try {
        Words words(split(line));
        if (words.rest().empty()) return;
        JobSpec job = parse_job(words);
        for (const JobSpec& other : jobs_) {
            if (other.name == job.name) throw TableError("there is a '" + job.name + "' already");
        }
        jobs_.push_back(std::move(job));
    } catch (const TableError& error) {
        throw TableError(where + ": " + error.what());
    }
}

void JobTable::add_file(const std::string& path) {
    std::ifstream file(path);
    const auto fail = [&] {
        throw std::system_error(errno, std::generic_category(), "cannot read '" + path + "'");
    };
    if (!file) fail();
    std::string line;
    for (int number = 1; std::getline(file, line); ++number)
        add_line(line, path + ":" + std::to_string(number));
    if (file.bad()) fail();
}
