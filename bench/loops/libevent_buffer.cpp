// SPDX-License-Identifier: MIT
// libevent with its buffers: it reads and writes itself.
#include "contender.hpp"
#include "support/process.hpp"
#include "work/echo.hpp"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <vector>

namespace bench {

namespace {

class EventBufferServer {
public:
    explicit EventBufferServer(const Connections& connections) : streams_(connections.size()) {
        if (base_ == nullptr) fail("event_base_new");
        for (size_t i = 0; i < streams_.size(); ++i)
            open(streams_[i], connections[i].server);
    }
    ~EventBufferServer() {
        for (const Stream& stream : streams_)
            bufferevent_free(stream.buffers);
        event_base_free(base_);
    }
    EventBufferServer(const EventBufferServer&) = delete;
    EventBufferServer& operator=(const EventBufferServer&) = delete;

    Sample serve(Clients& clients) {
        tally_.begin(&clients);
        return measure<void>(*this);
    }
    template <typename>
    void run() {
        check(event_base_dispatch(base_), "event_base_dispatch");
    }

private:
    struct Stream {
        bufferevent* buffers = nullptr;
        size_t writing = 0;  // bytes
        EventBufferServer* server = nullptr;
    };

    void open(Stream& stream, int fd) {
        stream.server = this;
        stream.buffers = bufferevent_socket_new(base_, fd, 0);
        if (stream.buffers == nullptr) fail("bufferevent_socket_new");
        bufferevent_setcb(stream.buffers, has_read, has_written, has_failed, &stream);
        check(bufferevent_enable(stream.buffers, EV_READ | EV_WRITE), "bufferevent_enable");
    }

    static void has_read(bufferevent* buffers, void* user) {
        evbuffer* input = bufferevent_get_input(buffers);
        static_cast<Stream*>(user)->writing += evbuffer_get_length(input);
        check(bufferevent_write_buffer(buffers, input), "bufferevent_write_buffer");
    }
    // Called when all is written.
    static void has_written(bufferevent*, void* user) {
        Stream& stream = *static_cast<Stream*>(user);
        const size_t count = stream.writing;
        stream.writing = 0;
        EventBufferServer& server = *stream.server;
        if (count != 0 && server.tally_.add(count)) event_base_loopexit(server.base_, nullptr);
    }
    static void has_failed(bufferevent*, short, void*) { fail_server("a connection has failed"); }

    event_base* const base_ = event_base_new();
    Tally tally_;
    std::vector<Stream> streams_;
};

}  // namespace

extern const Contender libevent_buffer_contender = {
    .name = "libevent-buffer",
    .echo = echo_of<EventBufferServer>,
};

}  // namespace bench
