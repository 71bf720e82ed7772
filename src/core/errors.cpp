// SPDX-License-Identifier: MIT
#include "core/errors.hpp"

#include <cerrno>

namespace pollux {

namespace {

// The errors of POSIX. Not strerror: its text depends on the locale, and it is not thread-safe.
// Numbers that two names share (EAGAIN and EWOULDBLOCK on Linux) are found under the first.
// Arrays, not pointers: so the table needs no relocations.
constexpr struct {
    int number;
    char name[16];
    char text[48];
} kErrors[] = {
#define ERROR(name, text) \
    { name, #name, text }
    ERROR(E2BIG, "argument is larger than is known here"),
    ERROR(EACCES, "permission denied"),
    ERROR(EADDRINUSE, "address in use"),
    ERROR(EADDRNOTAVAIL, "address not available"),
    ERROR(EAFNOSUPPORT, "address family not supported"),
    ERROR(EAGAIN, "would block, try again"),
    ERROR(EALREADY, "already in progress"),
    ERROR(EBADF, "bad file descriptor"),
    ERROR(EBADMSG, "bad message"),
    ERROR(EBUSY, "busy"),
    ERROR(ECANCELED, "cancelled"),
    ERROR(ECHILD, "no such child process"),
    ERROR(ECONNABORTED, "connection aborted"),
    ERROR(ECONNREFUSED, "connection refused"),
    ERROR(ECONNRESET, "connection reset by peer"),
    ERROR(EDEADLK, "would deadlock"),
    ERROR(EDESTADDRREQ, "destination address required"),
    ERROR(EDOM, "argument out of domain"),
    ERROR(EDQUOT, "disk quota exceeded"),
    ERROR(EEXIST, "already registered, or already there"),
    ERROR(EFAULT, "bad address"),
    ERROR(EFBIG, "file too large"),
    ERROR(EHOSTUNREACH, "host unreachable"),
    ERROR(EIDRM, "identifier removed"),
    ERROR(EILSEQ, "illegal byte sequence"),
    ERROR(EINPROGRESS, "in progress"),
    ERROR(EINTR, "interrupted by a signal"),
    ERROR(EINVAL, "invalid argument"),
    ERROR(EIO, "input or output error"),
    ERROR(EISCONN, "already connected"),
    ERROR(EISDIR, "is a directory"),
    ERROR(ELOOP, "too many levels of links or nesting"),
    ERROR(EMFILE, "too many open descriptors in this process"),
    ERROR(EMLINK, "too many links"),
    ERROR(EMSGSIZE, "message too long"),
    ERROR(ENAMETOOLONG, "name too long"),
    ERROR(ENETDOWN, "network is down"),
    ERROR(ENETRESET, "connection dropped by the network"),
    ERROR(ENETUNREACH, "network unreachable"),
    ERROR(ENFILE, "too many open files in the system"),
    ERROR(ENOBUFS, "no buffer space"),
    ERROR(ENODEV, "no such device"),
    ERROR(ENOENT, "not registered, or not there"),
    ERROR(ENOEXEC, "not an executable format"),
    ERROR(ENOLCK, "no locks available"),
    ERROR(ENOMEM, "out of memory"),
    ERROR(ENOMSG, "no message of that type"),
    ERROR(ENOPROTOOPT, "protocol option not available"),
    ERROR(ENOSPC, "no space left, or too many watches"),
    ERROR(ENOSYS, "not implemented by this system"),
    ERROR(ENOTCONN, "not connected"),
    ERROR(ENOTDIR, "not a directory"),
    ERROR(ENOTEMPTY, "directory not empty"),
    ERROR(ENOTSOCK, "not a socket"),
    ERROR(ENOTSUP, "not supported here"),
    ERROR(ENOTTY, "not a terminal"),
    ERROR(ENXIO, "no such device or address"),
    ERROR(EOPNOTSUPP, "operation not supported"),
    ERROR(EOVERFLOW, "value too large"),
    ERROR(EPERM, "not permitted, or not a watchable file"),
    ERROR(EPIPE, "broken pipe"),
    ERROR(EPROTO, "protocol error"),
    ERROR(EPROTONOSUPPORT, "protocol not supported"),
    ERROR(EPROTOTYPE, "wrong protocol for the socket"),
    ERROR(ERANGE, "result too large"),
    ERROR(EROFS, "read-only file system"),
    ERROR(ESPIPE, "cannot seek"),
    ERROR(ESRCH, "no such process"),
    ERROR(ESTALE, "stale file handle"),
    ERROR(ETIMEDOUT, "timed out"),
    ERROR(ETXTBSY, "executable file is in use"),
    ERROR(EXDEV, "across file systems"),
#undef ERROR
};

}  // namespace

ErrorText describe_result(int rc) noexcept {
    if (rc >= 0) return {"OK", "success"};
    for (const auto& error : kErrors) {
        // Compared as positive numbers' opposites: -INT_MIN would overflow.
        if (rc == -error.number) return {error.name, error.text};
    }
    return {"UNKNOWN", "unknown error"};
}

}  // namespace pollux
