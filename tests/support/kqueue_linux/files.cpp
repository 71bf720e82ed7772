// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace kqueue_linux {

namespace {

int poll_now(int fd) noexcept {
    pollfd poller{fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
    const int count = poll(&poller, 1, 0);
    return count <= 0 || (poller.revents & POLLNVAL) != 0 ? 0 : poller.revents;
}

int64_t bytes_to_read(int fd) noexcept {
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : bytes;
}

int socket_option(int fd, int name) noexcept {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? 0 : value;
}

bool tcp_info_of(int fd, tcp_info* out) noexcept {
    if (socket_option(fd, SO_PROTOCOL) != IPPROTO_TCP) return false;
    socklen_t length = sizeof *out;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &length) == 0;
}

// On Linux every way to ask for a socket's error also clears it, and then the program that is
// tested would not find it. So the number is inferred: a TCP connection that never had a round
// trip was refused.
unsigned int likely_error(int fd) noexcept {
    tcp_info info{};
    if (tcp_info_of(fd, &info)) return info.tcpi_rtt == 0 ? ECONNREFUSED : ECONNRESET;
    return socket_option(fd, SO_TYPE) == SOCK_DGRAM ? ECONNREFUSED : ECONNRESET;
}

Condition look_at_listener(int fd, int ready) noexcept {
    if ((ready & POLLIN) == 0) return {};
    tcp_info info{};
    // Of a listener this field is the length of the accept queue.
    const int64_t pending = tcp_info_of(fd, &info) ? info.tcpi_unacked : 1;
    return {true, false, 0, std::max<int64_t>(pending, 1)};
}

Condition look_for_reading_socket(int fd, int ready) noexcept {
    if (socket_option(fd, SO_ACCEPTCONN) != 0) return look_at_listener(fd, ready);
    const bool eof = (ready & POLLRDHUP) != 0;
    const bool error = (ready & POLLERR) != 0;
    const bool holds = eof || error || (ready & POLLIN) != 0;
    return {holds, eof, eof && error ? likely_error(fd) : 0, bytes_to_read(fd)};
}

bool tcp_has_shut_down_writing(int fd) noexcept {
    tcp_info info{};
    if (!tcp_info_of(fd, &info)) return false;
    switch (info.tcpi_state) {
        case TCP_FIN_WAIT1:
        case TCP_FIN_WAIT2:
        case TCP_CLOSING:
        case TCP_LAST_ACK:
        case TCP_TIME_WAIT:
            return true;
        default:
            return false;
    }
}

// Sending nothing on a stream does nothing but fail where writing is over.
bool unix_stream_has_shut_down_writing(int fd) noexcept {
    if (socket_option(fd, SO_DOMAIN) != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM) {
        return false;
    }
    return send(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EPIPE;
}

int64_t room_to_send(int fd) noexcept {
    int unsent = 0;
    if (ioctl(fd, SIOCOUTQ, &unsent) < 0) unsent = 0;
    return std::max<int64_t>(int64_t{socket_option(fd, SO_SNDBUF)} - unsent, 1);
}

Condition look_for_writing_socket(int fd, int ready) noexcept {
    if (socket_option(fd, SO_ACCEPTCONN) != 0) return {};
    const bool hung_up = (ready & POLLHUP) != 0;
    // A hang-up alone is a socket that was never connected.
    if (hung_up && (ready & POLLRDHUP) == 0) return {};
    const bool error = (ready & POLLERR) != 0;
    const bool eof =
        hung_up || tcp_has_shut_down_writing(fd) || unix_stream_has_shut_down_writing(fd);
    const bool holds = eof || error || (ready & POLLOUT) != 0;
    return {holds, eof, eof && error ? likely_error(fd) : 0, holds ? room_to_send(fd) : 0};
}

// Either end of a pipe sees the end of the other one.
bool is_other_end_gone(int ready) noexcept {
    return (ready & (POLLHUP | POLLERR)) != 0;
}

Condition look_for_reading_pipe(int fd, int ready) noexcept {
    const bool eof = is_other_end_gone(ready);
    return {eof || (ready & POLLIN) != 0, eof, 0, bytes_to_read(fd)};
}

Condition look_for_writing_pipe(int fd, int ready) noexcept {
    const bool eof = is_other_end_gone(ready);
    const bool writable = (ready & POLLOUT) != 0;
    const int64_t room = writable ? fcntl(fd, F_GETPIPE_SZ) - bytes_to_read(fd) : 0;
    return {eof || writable, eof, 0, eof ? 0 : std::max<int64_t>(room, PIPE_BUF)};
}

Condition look_for_reading_vnode(int fd) noexcept {
    struct stat file {};
    const off_t here = lseek(fd, 0, SEEK_CUR);
    if (here < 0 || fstat(fd, &file) < 0) return {};
    return {file.st_size != here, false, 0, file.st_size - here};
}

}  // namespace

FileKind kind_of(int fd) noexcept {
    struct stat file {};
    if (fstat(fd, &file) < 0) return FileKind::kClosed;
    if (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode)) return FileKind::kVnode;
    if (S_ISSOCK(file.st_mode)) return FileKind::kSocket;
    if (S_ISFIFO(file.st_mode)) return FileKind::kPipe;
    return S_ISCHR(file.st_mode) ? FileKind::kTerminal : FileKind::kOther;
}

bool is_deserted_pipe(int fd) noexcept {
    return is_other_end_gone(poll_now(fd));
}

Condition look_for_reading(int fd) noexcept {
    const FileKind kind = kind_of(fd);
    if (kind == FileKind::kVnode) return look_for_reading_vnode(fd);
    const int ready = poll_now(fd);
    if (kind == FileKind::kSocket) return look_for_reading_socket(fd, ready);
    if (kind == FileKind::kPipe) return look_for_reading_pipe(fd, ready);
    const bool eof = (ready & POLLHUP) != 0;
    const bool readable = (ready & POLLIN) != 0;
    return {eof || readable, eof, 0, readable ? std::max<int64_t>(bytes_to_read(fd), 1) : 0};
}

Condition look_for_writing(int fd) noexcept {
    const FileKind kind = kind_of(fd);
    if (kind == FileKind::kVnode) return {true, false, 0, 0};
    const int ready = poll_now(fd);
    if (kind == FileKind::kSocket) return look_for_writing_socket(fd, ready);
    if (kind == FileKind::kPipe) return look_for_writing_pipe(fd, ready);
    const bool eof = (ready & POLLHUP) != 0;
    return {eof || (ready & POLLOUT) != 0, eof, 0, 1};
}

Condition look_for_exception(int fd, unsigned int wanted) noexcept {
    const bool holds = (wanted & NOTE_OOB) != 0 && (poll_now(fd) & POLLPRI) != 0;
    return {holds, false, holds ? NOTE_OOB : 0, 0};
}

}  // namespace kqueue_linux
