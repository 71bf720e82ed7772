// SPDX-License-Identifier: MIT
// libuv as it is meant to be used: it reads and writes itself. Memory for a message is taken from a
// list and given back: while many connections are ready, libuv reads again from one before it has
// said that the last write to it is done.
#include "contender.hpp"
#include "loops/libuv_support.hpp"
#include "work/echo.hpp"

#include <uv.h>

#include <unistd.h>

#include <memory>
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
    struct Message {
        char bytes[1024];  // first, so that they lead to the message
        size_t size;
        uv_write_t write;
        Message* next;
    };
    struct Stream {
        uv_tcp_t tcp;
        UvStreamServer* server;
    };

    Message* take_message() {
        if (free_ == nullptr) {
            messages_.push_back(std::make_unique<Message>());
            return messages_.back().get();
        }
        Message* message = free_;
        free_ = message->next;
        return message;
    }
    void give_back(Message* message) {
        message->next = free_;
        free_ = message;
    }

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
    static UvStreamServer& server_of(const void* data) {
        return *static_cast<const Stream*>(data)->server;
    }
    static void give_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        Message* message = server_of(handle->data).take_message();
        *buffer = uv_buf_init(message->bytes, sizeof message->bytes);
    }
    static void has_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* read) {
        auto* message = reinterpret_cast<Message*>(read->base);
        // Nothing to read after all, in libuv's words.
        if (count == 0) return server_of(handle->data).give_back(message);
        check_uv(static_cast<int>(count), "uv_read_start");
        message->size = static_cast<size_t>(count);
        message->write.data = message;
        const uv_buf_t buffer = uv_buf_init(message->bytes, static_cast<unsigned>(count));
        check_uv(uv_write(&message->write, handle, &buffer, 1, has_written), "uv_write");
    }
    static void has_written(uv_write_t* write, int status) {
        check_uv(status, "uv_write");
        auto* message = static_cast<Message*>(write->data);
        UvStreamServer& server = server_of(write->handle->data);
        server.give_back(message);
        if (server.tally_.add(message->size)) uv_stop(&server.loop_);
    }

    uv_loop_t loop_;
    Tally tally_;
    std::vector<Stream> streams_;
    std::vector<std::unique_ptr<Message>> messages_;
    Message* free_ = nullptr;
};

}  // namespace

extern const Contender libuv_stream_contender = {
    .name = "libuv-stream",
    .echo = echo_of<UvStreamServer>,
};

}  // namespace bench
