// SPDX-License-Identifier: MIT
// The files of a program, without a kernel: who is connected to whom, what is unread, what is
// closed, and so what a poller has to say, may say and must not say of each.
#pragma once

#include "program.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace model {

enum class Truth { kNo, kMaybe, kYes };

constexpr bool has_one_side(Kind kind) {
    return kind == Kind::kEventfd || kind == Kind::kListener || kind == Kind::kFile;
}

// One end of a file, shared by all descriptors that are duplicates of each other. -1: none.
struct End {
    int file = -1;
    int side = 0;
    explicit operator bool() const { return file >= 0; }
    friend bool operator==(End, End) = default;
};

// Whether a read, a write, a read of urgent data would not block. Where it would not, one bit of
// `..._as` tells so. `hints` are the bits that may come beside.
struct Facts {
    Truth read = Truth::kNo;
    Truth write = Truth::kNo;
    Truth urgent = Truth::kNo;
    uint32_t read_as = 0;
    uint32_t write_as = 0;
    uint32_t hints = 0;
};

class Files {
public:
    Files();

    End at(int number) const { return number < 0 ? End{} : numbers_[static_cast<size_t>(number)]; }
    int number_of(End end) const;  // one of them, or -1
    Kind kind(End end) const { return files_[static_cast<size_t>(end.file)].kind; }
    int sides(End end) const;
    Facts facts(End end) const;
    // Unread bytes of this end.
    size_t unread(End end) const { return side(end).bytes; }
    bool peer_is_gone(End end) const { return other(end).references == 0; }

    // Whether the call makes sense there; it is left out otherwise.
    bool can_write(End end) const;
    bool can_read(End end) const;
    bool can_fill(End end) const;
    bool can_send_urgent(End end) const;
    bool can_shut_down(End end) const { return is_socket(end); }

    void open(Kind kind, int first, int second);
    void close(int number);
    void duplicate(int from, int to);
    void write(End end, size_t bytes, bool full);
    void read(End end, size_t bytes, bool empty);
    void send_urgent(End end) { side(peer(end)).urgent = Truth::kYes; }
    void shut_down(End end, bool reading, bool writing);
    // What was found out about the room to write by other means.
    void learn_room(End end, bool room);
    // Somebody else keeps everything open from here on.
    void share();

    // Ends whose facts take their time to become true in the kernel, and may have changed.
    std::vector<End> take_unsettled();
    bool is_asynchronous(End end) const {
        return kind(end) == Kind::kTcp || kind(end) == Kind::kPty || kind(end) == Kind::kListener;
    }

private:
    struct Side {
        int references = 0;
        bool shut_reading = false;
        bool shut_writing = false;
        size_t bytes = 0;          // to be read from here
        int writes = 0;            // that brought them
        Truth room = Truth::kYes;  // for the peer to write more
        Truth urgent = Truth::kNo;
    };
    struct File {
        Kind kind;
        Side sides[2];
        bool unsettled = false;
    };

    static End peer(End end) { return {end.file, 1 - end.side}; }
    Side& side(End end) { return files_[static_cast<size_t>(end.file)].sides[end.side]; }
    const Side& side(End end) const {
        return files_[static_cast<size_t>(end.file)].sides[end.side];
    }
    const Side& other(End end) const { return side(peer(end)); }
    bool is_socket(End end) const { return kind(end) == Kind::kUnix || kind(end) == Kind::kTcp; }
    bool is_pipe(End end) const { return kind(end) == Kind::kPipe || kind(end) == Kind::kFifo; }
    void touch(End end) { files_[static_cast<size_t>(end.file)].unsettled = true; }
    void assign(int number, End end);

    Facts socket_facts(End end) const;
    Facts pipe_facts(End end) const;
    Facts eventfd_facts(End end) const;
    Facts pty_facts(End end) const;
    Facts listener_facts(End end) const;

    std::vector<File> files_;
    std::vector<End> numbers_;
};

}  // namespace model
