// SPDX-License-Identifier: MIT
// libuv as it is meant to be used: it reads and writes itself. Memory is the user's and at hand:
// one buffer and one write a connection.
#include "contender.hpp"
#include "loops/libuv_support.hpp"
#include "work/echo.hpp"

#include <uv.h>

#include <unistd.h>

#include <vector>

namespace bench {

namespace {

class UvStreamServer {
public:
    explicit UvStreamServer(const Connections& connections) : streams_(connections.size()) {
        check_uv(uv_loop_init(&loop_), "uv_loop_init");
        for (size_t i = 0; i < streams_.size(); ++i)
            open(streams_[i], connections[i].server);
    }
    ~UvStreamServer() { close_all(&loop_); }
    UvStreamServer(const UvStreamServer&) = delete;
    UvStreamServer& operator=(const UvStreamServer&) = delete;

    Sample serve(Clients& clients) {
        tally_.begin(&clients);
        return measure<void>(*this);
    }
    template <typename>
    void run() {
        uv_run(&loop_, UV_RUN_DEFAULT);
    }

private:
    struct Stream {
        uv_tcp_t tcp;
        uv_write_t write;
        size_t writing = 0;  // bytes
        UvStreamServer* server = nullptr;
        char bytes[1024];
    };

    void open(Stream& stream, int server_end) {
        // It closes what it is given.
        const int fd = dup(server_end);
        check(fd, "dup");
        stream.server = this;
        check_uv(uv_tcp_init(&loop_, &stream.tcp), "uv_tcp_init");
        stream.tcp.data = &stream;
        check_uv(uv_tcp_open(&stream.tcp, fd), "uv_tcp_open");
        check_uv(uv_read_start(as_stream(stream), give_buffer, has_read), "uv_read_start");
    }

    static uv_stream_t* as_stream(Stream& stream) {
        return reinterpret_cast<uv_stream_t*>(&stream.tcp);
    }
    static void give_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        Stream& stream = *static_cast<Stream*>(handle->data);
        *buffer = uv_buf_init(stream.bytes, sizeof stream.bytes);
    }
    static void has_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* read) {
        Stream& stream = *static_cast<Stream*>(handle->data);
        // Nothing to read after all, in libuv's words.
        if (count == 0) return;
        check_uv(static_cast<int>(count), "uv_read_start");
        if (stream.writing != 0) fail_server("a request before the answer to the last");
        stream.writing = static_cast<size_t>(count);
        const uv_buf_t buffer = uv_buf_init(read->base, static_cast<unsigned>(count));
        check_uv(uv_write(&stream.write, handle, &buffer, 1, has_written), "uv_write");
    }
    static void has_written(uv_write_t* write, int status) {
        Stream& stream = *static_cast<Stream*>(write->handle->data);
        check_uv(status, "uv_write");
        const size_t count = stream.writing;
        stream.writing = 0;
        if (stream.server->tally_.add(count)) uv_stop(&stream.server->loop_);
    }

    uv_loop_t loop_;
    Tally tally_;
    std::vector<Stream> streams_;
};

}  // namespace

extern const Contender libuv_stream_contender = {
    .name = "libuv-stream",
    .echo = echo_of<UvStreamServer>,
};

}  // namespace bench
