// SPDX-License-Identifier: MIT
// The contract of a poller, without a kernel: what each call has to return, and which events a wait
// must, may and must not report.
#pragma once

#include "files.hpp"
#include "pollux/pollux.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace model {

class Model {
public:
    // `base` is the descriptor of the program's number 0, the others follow.
    Model(uint32_t backend, int base);

    const Files& files() const { return files_; }

    // The world, in which everything succeeds.
    void open(Kind kind, int first, int second);
    void close(int number);
    void duplicate(int from, int to);
    void write(End end, size_t bytes, bool full);
    void read(End end, size_t bytes, bool empty);
    void send_urgent(End end);
    void shut_down(End end, bool reading, bool writing);
    void learn_room(End end, bool room);
    std::vector<End> take_unsettled() { return files_.take_unsettled(); }
    // From here on this is the child.
    void fork();

    // The poller: what the call has to return.
    int add(int poller, int number, uint64_t token, uint32_t interest);
    int modify(int poller, int number, uint64_t token, uint32_t interest);
    int remove(int poller, int number);
    int wake(int poller);
    int after_fork(int poller);
    size_t count(int poller) const;
    bool is_foreign(int poller) const { return at(poller).foreign; }

    // Of the descriptor that stands for the poller: 0 or the error that asking for it has to give,
    int front(int poller) const;
    // and whether it has to be readable, or must not be.
    Truth is_front_readable(int poller) const;

    // A wait: 0 or the error that it has to give;
    int begin_wait(int poller, int capacity);
    // then what is wrong with the events that came, or "";
    std::string take_events(int poller, const std::vector<plx_event>& events);
    // the same for a further wait that was made because something was missing,
    std::string take_late_events(int poller, const std::vector<plx_event>& events);
    // then whether there may have been no room for more,
    bool is_full(int poller, int capacity, int count) const;
    // else those that had to come and did not.
    struct Missing {
        std::string what;
        bool may_be_late;  // the kernel takes its time for this kind of file
    };
    std::vector<Missing> missing(int poller) const;
    bool is_something_due(int poller) const { return !missing(poller).empty(); }
    // There was no room for them. Says who has waited too long, or "".
    std::string pass_over(int poller, int count);

    // Of a wait in a process that does not know what others do to the files: whether each event
    // belongs to a registration in force and has bits that it may have.
    std::string check_identity(int poller, const std::vector<plx_event>& events) const;

private:
    struct Registration {
        bool present = false;
        bool armed = false;
        // The number was closed or became another file: it is up to the backend what is reported.
        bool loose = false;
        uint64_t token = 0;
        uint32_t interest = 0;
        End bound;
        std::vector<End> others;  // what else the number was since it is loose
        uint32_t seen = 0;        // conditions reported since they were last certainly not there
        int passed = 0;           // events of others that came instead of one that had to come
        bool taken = false;       // in the wait that is being looked at
    };
    struct Poller {
        std::array<Registration, kNumbers> registrations;
        bool foreign = false;
        // Registrations of closed numbers that the kernel may still hold, each once in the way.
        int leftovers = 0;
        bool wake_pending = false;
        int wake_passed = 0;
    };

    Poller& at(int poller) { return pollers_[static_cast<size_t>(poller)]; }
    const Poller& at(int poller) const { return pollers_[static_cast<size_t>(poller)]; }
    int check_interest(uint32_t interest) const;
    int check_file(int number) const;
    void arm(int number, Registration* registration, uint64_t token, uint32_t interest) const;
    void loosen(int number);
    void forget_seen();
    bool is_exclusive_elsewhere(const Registration& registration) const;
    uint32_t allowed(int number, const Registration& registration) const;
    uint32_t allowed_of(End end, const Registration& registration) const;
    // The groups of bits of which each must have one in the event; empty: none must come.
    std::vector<uint32_t> due(const Registration& registration) const;
    std::string take_event(Poller* poller, const plx_event& event);
    std::string take_registered(Poller* poller, const plx_event& event);
    Registration* find(Poller* poller, int fd) const;
    void forget_passed();

    const uint32_t backend_;
    const uint32_t capabilities_;
    const int base_;
    Files files_;
    std::array<Poller, kPollers> pollers_;
};

std::string to_text(const plx_event& event, int base);

}  // namespace model
