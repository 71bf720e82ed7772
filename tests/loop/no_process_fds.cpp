// SPDX-License-Identifier: MIT
// Linked into a program, this makes the kernel refuse descriptors for processes before main()
// begins, as a sandbox does. What the program tests, it tests with SIGCHLD alone.
#include "support/catch.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace {

bool refuse_process_fds() {
    constexpr auto number_at = static_cast<uint32_t>(offsetof(seccomp_data, nr));
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number_at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof code / sizeof code[0], code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

const bool is_refused = refuse_process_fds();

}  // namespace

TEST_CASE("the kernel refuses descriptors for processes here") {
    if (!is_refused) {
        WARN("this system has no filters for system calls: the other way was tested twice");
        return;
    }
    CHECK(syscall(SYS_pidfd_open, getpid(), 0) == -1);
    CHECK(errno == EPERM);
}
