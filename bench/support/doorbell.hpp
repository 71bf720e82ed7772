// SPDX-License-Identifier: MIT
// What wakes a wait by hand: a descriptor that becomes readable. CMake chooses the file that
// defines it: an eventfd, or a pipe.
#pragma once

namespace bench {

class Doorbell {
public:
    Doorbell();
    ~Doorbell();
    Doorbell(const Doorbell&) = delete;
    Doorbell& operator=(const Doorbell&) = delete;

    int fd() const { return reader_; }
    void ring();    // any thread
    void answer();  // until it rings again

private:
    int reader_;
    int writer_;
};

}  // namespace bench
