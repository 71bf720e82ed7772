// SPDX-License-Identifier: MIT
// The real descriptors of a program.
#pragma once

#include "program.hpp"

#include <cstddef>
#include <string>

namespace model {

struct Moved {
    size_t bytes = 0;
    bool blocked = false;  // there was no more, or no more room
};

class World {
public:
    // Number 0 is this descriptor, out of the way of what the library opens.
    static constexpr int kBase = 64;

    World();
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static int fd_of(int number) { return number < 0 ? -1 : kBase + number; }

    // "" or why not.
    std::string open(Kind kind, int first, int second);
    void close(int number);
    void duplicate(int from, int to);
    void set_reset(int number);
    void shut_down(int number, bool reading, bool writing);
    bool send_urgent(int number);
    Moved write(int number, size_t bytes);
    Moved fill(int number);
    // A connection that nobody has accepted yet; accepting one.
    static bool connect_to(int number);
    static bool accept_from(int number);
    Moved read(int number, size_t bytes);
    // Reads what is there and, where it takes its time to arrive, at least `expected` bytes.
    Moved drain(int number, size_t expected);
    // Whether poll(2) says one of `events` of it, or an error or hang-up, within that time.
    static bool is_ready(int number, short events, int milliseconds);
    static bool is_readable(int fd);
    // Whether poll(2) says that there is room.
    static bool has_room(int number);

private:
    void assign(int fd, int number);

    bool open_[kNumbers] = {};
};

}  // namespace model
