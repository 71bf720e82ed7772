// SPDX-License-Identifier: MIT
// Starting a program as a process group of its own.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

// Its standard input is empty; the rest is inherited. The group has the number of the process.
// Throws std::system_error if it cannot be started, a program that is not there included.
pid_t start_process(const std::vector<std::string>& command);

// What the status of waitpid(2) says, such as "exit status 3" or "signal 9 (Killed)".
std::string describe_status(int status);
