// SPDX-License-Identifier: MIT
// Runs jobs again and again, each as a process group of its own.
//
// Each job has a timer for its period, a handle for its child and a timer for its timeout. No job
// is run twice at the same time. SIGINT and SIGTERM end the runs and wait for them, SIGHUP reads
// the table again.
#include "job_table.hpp"
#include "process.hpp"

#include <pollux/loop.hpp>

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

double seconds(nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

// A line at a time, so that whoever follows the output sees it at once.
template <typename... Args>
void say(const char* format, Args... args) {
    std::printf(format, args...);
    std::fflush(stdout);
}

struct Options {
    std::string table;
    std::vector<std::string> lines;
    unsigned long runs = 0;  // of each job; 0 is without an end
    nanoseconds grace = 2s;
};

// Job --------------------------------------------------------------------------------------------

class Job {
public:
    Job(plx::loop& loop, const Options& options, JobSpec spec)
        : loop_(loop), options_(options), spec_(std::move(spec)) {
        start();
    }

    const JobSpec& spec() const { return spec_; }
    bool is_retired() const { return !period_; }
    unsigned long failed() const { return failed_; }

    // A run in progress goes on as it was begun.
    void change(JobSpec spec) {
        spec_ = std::move(spec);
        start();
    }
    // No more runs. One in progress goes on.
    void retire() { period_.close(); }

    // The run in progress is told to end, and made to after the time of grace.
    void end(int signo) {
        retire();
        if (!child_.is_open()) return;
        outcome_ = Outcome::kEnded;
        kill_group(signo);
        deadline_ = plx::timer(loop_, options_.grace, [this] { kill_group(SIGKILL); });
    }

    void print_row() const {
        say("%-16s %6lu %6lu %6lu %9lu %7lu %10.3f\n", spec_.name.c_str(), started_, succeeded_,
            failed_, timed_out_, skipped_, seconds(longest_));
    }

private:
    enum class Outcome { kOwn, kTimedOut, kEnded };

    void start() {
        period_ = plx::timer(loop_, 0s, spec_.every, [this] { run(); });
    }

    void run() {
        if (child_.is_open()) {
            ++skipped_;
            say("%s: skipped, the run before is still going on\n", spec_.name.c_str());
            return;
        }
        ++started_;
        if (started_ == options_.runs) retire();
        began_ = loop_.update_now();
        outcome_ = Outcome::kOwn;
        pid_ = 0;
        try {
            pid_ = start_process(spec_.command);
            child_ = plx::child(loop_, pid_, [this](int status) { on_end(status); });
        } catch (const std::system_error& error) {
            // Nobody would wait for it.
            if (pid_ != 0) kill_group(SIGKILL);
            ++failed_;
            say("%s: failed: %s\n", spec_.name.c_str(), error.what());
            return;
        }
        if (spec_.timeout > 0s) {
            deadline_ = plx::timer(loop_, spec_.timeout, [this] { on_timeout(); });
        }
    }

    void on_timeout() {
        outcome_ = Outcome::kTimedOut;
        kill_group(SIGTERM);
        // Replaces the timer whose callback this is.
        deadline_ = plx::timer(loop_, options_.grace, [this] { kill_group(SIGKILL); });
    }

    void on_end(int status) {
        deadline_.close();
        // What the program has left behind goes with it if it did not end by itself.
        if (outcome_ != Outcome::kOwn) kill_group(SIGKILL);
        const nanoseconds took = loop_.now() - began_;
        longest_ = std::max(longest_, took);
        const std::string how = describe_status(status);
        const char* result = "ended on request";
        if (outcome_ == Outcome::kTimedOut) {
            ++timed_out_;
            ++failed_;
            result = "failed: timed out";
        } else if (outcome_ == Outcome::kOwn) {
            const bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
            ++*(is_well ? &succeeded_ : &failed_);
            result = is_well ? "ok" : "failed";
        }
        say("%s: %s, %s after %.3f s\n", spec_.name.c_str(), result, how.c_str(), seconds(took));
    }

    void kill_group(int signo) const { kill(-pid_, signo); }

    plx::loop& loop_;
    const Options& options_;
    JobSpec spec_;

    plx::timer period_;    // empty if there are no more runs
    plx::timer deadline_;  // of the run in progress: its timeout, then the time of grace
    plx::child child_;
    pid_t pid_ = 0;
    nanoseconds began_{0};
    Outcome outcome_ = Outcome::kOwn;

    unsigned long started_ = 0, succeeded_ = 0, failed_ = 0, timed_out_ = 0, skipped_ = 0;
    nanoseconds longest_{0};
};

// All jobs ---------------------------------------------------------------------------------------

JobTable read_jobs(const Options& options) {
    JobTable table;
    if (!options.table.empty()) table.add_file(options.table);
    for (const std::string& line : options.lines)
        table.add_line(line, "--job '" + line + "'");
    if (table.jobs().empty()) throw TableError("there are no jobs in the table");
    return table;
}

class Runner {
public:
    explicit Runner(const Options& options) : options_(options) {
        // Before the first child, so that none is left behind by an early signal.
        for (const int signo : {SIGINT, SIGTERM}) {
            signals_.emplace_back(loop_, signo, [this](int which) { end(which); });
        }
        signals_.emplace_back(loop_, SIGHUP, [this] { reload(); });
        for (plx::signal& signal : signals_)
            signal.unref();
        use(read_jobs(options_));
    }

    // Until no job has runs to come or in progress.
    void run() { loop_.run(); }

    bool print_table() const {
        say("%-16s %6s %6s %6s %9s %7s %10s\n", "job", "runs", "ok", "failed", "timed out",
            "skipped", "longest s");
        unsigned long failed = 0;
        for (const auto& job : jobs_) {
            job->print_row();
            failed += job->failed();
        }
        return failed == 0;
    }

private:
    // Jobs are known by their names. Those that are gone stay for the table at the end.
    void use(const JobTable& table) {
        for (const auto& job : jobs_) {
            const auto is_same = [&](const JobSpec& spec) { return spec.name == job->spec().name; };
            const auto& specs = table.jobs();
            if (std::none_of(specs.begin(), specs.end(), is_same)) job->retire();
        }
        for (const JobSpec& spec : table.jobs())
            use(spec);
    }
    void use(const JobSpec& spec) {
        for (const auto& job : jobs_) {
            if (job->spec().name != spec.name) continue;
            if (job->is_retired() || !(job->spec() == spec)) job->change(spec);
            return;
        }
        jobs_.push_back(std::make_unique<Job>(loop_, options_, spec));
    }

    void reload() {
        if (is_ending_) return;
        try {
            const JobTable table = read_jobs(options_);
            use(table);
            say("the table was read again: %zu jobs\n", table.jobs().size());
        } catch (const std::exception& error) {
            std::fprintf(stderr, "jobs: the table stays as it was: %s\n", error.what());
        }
    }

    // The second time without grace.
    void end(int signo) {
        say("ending: signal %d\n", signo);
        for (const auto& job : jobs_)
            job->end(is_ending_ ? SIGKILL : SIGTERM);
        is_ending_ = true;
    }

    const Options options_;
    plx::loop loop_;
    std::vector<plx::signal> signals_;
    std::vector<std::unique_ptr<Job>> jobs_;
    bool is_ending_ = false;
};

// Command line -----------------------------------------------------------------------------------

class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

const char kHelp[] =
    "usage: jobs [options] [TABLE]\n"
    "Runs the jobs of a table again and again. A line of it is\n\n"
    "  every 10s [timeout 2s] NAME COMMAND [ARGUMENT...]\n\n"
    "  --job LINE         one more job, without a file\n"
    "  --runs N           end after so many runs of each job (never)\n"
    "  --grace DURATION   from the request to end to the kill (2s)\n"
    "  --help             this text\n\n"
    "SIGINT and SIGTERM end the jobs and wait for them, SIGHUP reads the table again.\n"
    "Ends with 0 if no run has failed, with 1 if one has, or the table is wrong.\n";

unsigned long count_of(const std::string& text) {
    char* end = nullptr;
    errno = 0;
    const unsigned long count = std::strtoul(text.c_str(), &end, 10);
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    if (text.empty() || !is_number || errno != 0 || count == 0) {
        throw UsageError("--runs needs a number from 1 on, not '" + text + "'");
    }
    return count;
}

void read_option(Options& options, const std::string& option, const std::string& value) {
    if (option == "--job") {
        options.lines.push_back(value);
    } else if (option == "--runs") {
        options.runs = count_of(value);
    } else {
        try {
            options.grace = parse_duration(value);
        } catch (const TableError& error) {
            throw UsageError(std::string("--grace: ") + error.what());
        }
    }
}

Options read_command_line(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--job" || argument == "--runs" || argument == "--grace") {
            if (i + 1 == arguments.size()) throw UsageError(argument + " needs a value");
            read_option(options, argument, arguments[++i]);
        } else if (argument.compare(0, 1, "-") == 0) {
            throw UsageError("there is no option '" + argument + "'; --help lists them");
        } else if (!options.table.empty()) {
            throw UsageError("one table is enough; '" + argument + "' is a second one");
        } else {
            options.table = argument;
        }
    }
    if (options.table.empty() && options.lines.empty()) {
        throw UsageError("no table; name a file, or give --job; --help says more");
    }
    return options;
}

int run(const std::vector<std::string>& arguments) {
    if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
        say("%s", kHelp);
        return 0;
    }
    Runner runner(read_command_line(arguments));
    runner.run();
    return runner.print_table() ? 0 : kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const UsageError& error) {
        std::fprintf(stderr, "jobs: %s\n", error.what());
        return kExitUsage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "jobs: %s\n", error.what());
        return kExitFailed;
    }
}
