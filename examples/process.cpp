// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

// No signal arrives while it lives: one that came to the child before its exec would be taken by
// this program's handlers, and be lost.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

// How the child tells why it could not become the program: the exec closes it, or an errno comes.
class Report {
public:
    Report() {
        if (pipe(ends_) != 0) fail(errno, "cannot make a pipe");
        for (const int end : ends_)
            fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    ~Report() {
        close(ends_[0]);
        if (ends_[1] >= 0) close(ends_[1]);
    }
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    [[noreturn]] void send(int error) const {
        const ssize_t sent = write(ends_[1], &error, sizeof error);
        _exit(sent == sizeof error ? 127 : 126);
    }
    // 0 if all went well.
    int receive() {
        close(ends_[1]);
        ends_[1] = -1;
        int error = 0;
        ssize_t got;
        do {
            got = read(ends_[0], &error, sizeof error);
        } while (got < 0 && errno == EINTR);
        return got == sizeof error ? error : 0;
    }

private:
    int ends_[2];
};

// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void become(char* const* arguments, const Report& report) {
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) report.send(errno);
    if (nothing != STDIN_FILENO) close(nothing);
    for (const int signo : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE})
        signal(signo, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(arguments[0], arguments);
    report.send(errno);
}

}  // namespace

pid_t start_process(const std::vector<std::string>& command) {
    std::vector<std::string> words(command);
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    Report report;
    pid_t pid = 0;
    {
        const SignalsBlocked blocked;
        pid = fork();
        if (pid == 0) become(arguments.data(), report);
    }
    if (pid < 0) fail(errno, "cannot fork");
    // Here too, so that the group is there before anybody signals it.
    setpgid(pid, pid);
    const int error = report.receive();
    if (error == 0) return pid;
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    fail(error, "cannot run '" + command[0] + "'");
}

std::string describe_status(int status) {
    if (!WIFSIGNALED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
    const int signo = WTERMSIG(status);
    return "signal " + std::to_string(signo) + " (" + strsignal(signo) + ")";
}
