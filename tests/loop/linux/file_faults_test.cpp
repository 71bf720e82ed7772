// SPDX-License-Identifier: MIT
// Transfers of files that are interrupted, or fail in the middle. They run here, where a fault is.
#include "loop/work_items.hpp"
#include "support/faults.hpp"
#include "support/fds.hpp"

#include <cerrno>
#include <string>

using namespace support;
using faults::Call;
using faults::Fault;
using pollux::WorkItem;

namespace {

void on_result(plx_loop*, plx_handle, int64_t value, void* user) {
    *static_cast<int64_t*>(user) = value;
}

void run(WorkItem* item) {
    item->run();
    item->finish(nullptr, 0);
    delete item;
}

}  // namespace

TEST_CASE("an interrupted transfer goes on") {
    const Fd file = make_regular_file();
    const std::string text = "text";
    std::string back(4, '?');
    int64_t result = 0;
    {
        const Fault fault(Call::kPwrite, EINTR, 0, 3);
        run(pollux::make_file_write(file, text.data(), 4, 0, on_result, &result));
        CHECK(fault.has_struck());
    }
    CHECK(result == 4);
    const Fault fault(Call::kPread, EINTR, 0, 3);
    run(pollux::make_file_read(file, back.data(), 4, 0, on_result, &result));
    CHECK(fault.has_struck());
    CHECK(result == 4);
    CHECK(back == text);
}

TEST_CASE("an error after a part was read is the result, so that the part is not taken for all") {
    const Fd file = make_regular_file();
    const std::string text = "text";
    std::string back(100, '?');
    int64_t result = 0;
    run(pollux::make_file_write(file, text.data(), 4, 0, on_result, &result));
    // The first read gives all there is; the second would say that this is the end.
    const Fault fault(Call::kPread, EIO, 1);
    run(pollux::make_file_read(file, back.data(), back.size(), 0, on_result, &result));
    CHECK(result == -EIO);
}

TEST_CASE("a full disk is an error of the write") {
    const Fd file = make_regular_file();
    int64_t result = 0;
    const Fault fault(Call::kPwrite, ENOSPC);
    run(pollux::make_file_write(file, "x", 1, 0, on_result, &result));
    CHECK(result == -ENOSPC);
}
