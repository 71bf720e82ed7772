// SPDX-License-Identifier: MIT
// The table of the job runner: one job a line.
//
//     every 500ms  NAME  COMMAND ARGUMENT...
//     every 10s timeout 2s  NAME  COMMAND ARGUMENT...
//
// Words are separated by spaces; quotes, single or double, keep them together. What follows a #
// that begins a word is a comment.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

struct JobSpec {
    std::string name;
    std::chrono::nanoseconds every{0};
    std::chrono::nanoseconds timeout{0};  // 0 is none
    std::vector<std::string> command;
};

bool operator==(const JobSpec& a, const JobSpec& b);

// Says which line is wrong, and how.
class TableError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Such as 250ms, 1.5s, 2m, 1h. Throws TableError.
std::chrono::nanoseconds parse_duration(const std::string& text);

class JobTable {
public:
    // The jobs of a file. Throws TableError, std::system_error if it cannot be read.
    void add_file(const std::string& path);
    // One job; `where` is for the errors. Throws TableError.
    void add_line(const std::string& line, const std::string& where);

    const std::vector<JobSpec>& jobs() const { return jobs_; }

private:
    std::vector<JobSpec> jobs_;
};
