// SPDX-License-Identifier: MIT
// Files, read and written at an offset.
#include "support/fds.hpp"
#include "support/loop.hpp"
#include "support/threads.hpp"
#include "support/work.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

using namespace support;

namespace {

struct Result {
    int calls = 0;
    int64_t value = 1;
};

void on_result(plx_loop*, plx_handle, int64_t value, void* user) {
    auto* result = static_cast<Result*>(user);
    ++result->calls;
    result->value = value;
}

int64_t finish(const Loop& loop, const Result& result) {
    REQUIRE(loop.run() == 0);
    REQUIRE(result.calls == 1);
    return result.value;
}

int64_t read_at(const Loop& loop, int fd, void* buffer, size_t size, int64_t offset) {
    Result result;
    REQUIRE(plx_file_read_start(loop.get(), nullptr, fd, buffer, size, offset, on_result,
                                &result) == 0);
    return finish(loop, result);
}

int64_t write_at(const Loop& loop, int fd, const std::string& text, int64_t offset) {
    Result result;
    REQUIRE(plx_file_write_start(loop.get(), nullptr, fd, text.data(), text.size(), offset,
                                 on_result, &result) == 0);
    return finish(loop, result);
}

std::string text_at(const Loop& loop, int fd, size_t size, int64_t offset) {
    std::string text(size, '?');
    const int64_t count = read_at(loop, fd, text.data(), size, offset);
    REQUIRE(count >= 0);
    text.resize(static_cast<size_t>(count));
    return text;
}

}  // namespace

TEST_CASE("what is written at an offset is read there, and the file's own position stays") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    const Fd file = make_regular_file();
    CHECK(write_at(loop, file, "hello world", 0) == 11);
    CHECK(write_at(loop, file, "W", 6) == 1);
    CHECK(text_at(loop, file, 5, 6) == "World");
    CHECK(text_at(loop, file, 1, 0) == "h");
    CHECK(lseek(file, 0, SEEK_CUR) == 0);
}

TEST_CASE("a read ends at the end of the file, and behind it there is nothing") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    const Fd file = make_regular_file();
    REQUIRE(write_at(loop, file, "12345", 0) == 5);
    CHECK(text_at(loop, file, 100, 2) == "345");
    CHECK(text_at(loop, file, 100, 5).empty());
    CHECK(text_at(loop, file, 100, 1'000'000).empty());
}

TEST_CASE("a write behind the end leaves a hole of zeros, beyond 4 GiB too") {
    const Watchdog watchdog;
    const Loop loop(available_backends().front());
    const Fd file = make_regular_file();
    CHECK(write_at(loop, file, "x", 3) == 1);
    CHECK(text_at(loop, file, 9, 0) == std::string("\0\0\0x", 4));
    const int64_t far = int64_t{5} << 30;
    CHECK(write_at(loop, file, "far", far) == 3);
    CHECK(text_at(loop, file, 9, far) == "far");
}

TEST_CASE("many megabytes come and go in one call") {
    const Watchdog watchdog;
    const Loop loop(available_backends().front());
    const Fd file = make_regular_file();
    std::string text(16 << 20, '\0');
    for (size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 2'654'435'761U >> 24);
    CHECK(write_at(loop, file, text, 77) == static_cast<int64_t>(text.size()));
    CHECK((text_at(loop, file, text.size() + 1, 77) == text));
}

TEST_CASE("size 0 moves nothing and needs no buffer, but an open file") {
    const Watchdog watchdog;
    const Loop loop(available_backends().front());
    const Fd file = make_regular_file();
    CHECK(read_at(loop, file, nullptr, 0, 0) == 0);
    CHECK(write_at(loop, file, "", 0) == 0);
    CHECK(read_at(loop, -1, nullptr, 0, 0) == -EBADF);
}

TEST_CASE("an error of the file comes to the callback") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    char byte = 0;
    CHECK(read_at(loop, -1, &byte, 1, 0) == -EBADF);
    CHECK(write_at(loop, unused_number(), "x", 0) == -EBADF);
    CHECK(read_at(loop, open_directory(), &byte, 1, 0) == -EISDIR);
    CHECK(read_at(loop, make_pipe().ours, &byte, 1, 0) == -ESPIPE);
    std::string path = temporary_path();
    const Fd writable(mkstemp(path.data()));
    const Fd read_only(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    unlink(path.c_str());
    CHECK(write_at(loop, read_only, "x", 0) == -EBADF);
}

TEST_CASE("several transfers of one file go on at the same time") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend);
    const Fd file = make_regular_file();
    const std::string digits = "0123456789";
    std::vector<Result> results(digits.size());
    for (size_t i = 0; i < digits.size(); ++i)
        REQUIRE(plx_file_write_start(loop.get(), nullptr, file, &digits[i], 1,
                                     static_cast<int64_t>(i), on_result, &results[i]) == 0);
    REQUIRE(loop.run() == 0);
    CHECK(text_at(loop, file, 99, 0) == digits);
    for (const Result& result : results) {
        CHECK(result.calls == 1);
        CHECK(result.value == 1);
    }
}

TEST_CASE("a transfer that has not begun can be cancelled, and touches nothing") {
    FOR_EACH_BACKEND(backend);
    const Watchdog watchdog;
    const Loop loop(backend, 0, 1);
    const Fd file = make_regular_file();
    Gate gate;
    Work blocking([&] { gate.pass(); });
    REQUIRE(blocking.start(loop) == 0);
    Result result;
    plx_handle handle = 0;
    REQUIRE(plx_file_write_start(loop.get(), &handle, file, "x", 1, 0, on_result, &result) == 0);
    CHECK(loop.close(handle) == 0);
    CHECK(result.calls == 1);
    CHECK(result.value == -ECANCELED);
    gate.open();
    CHECK(loop.run() == 0);
    CHECK(result.calls == 1);
    CHECK(text_at(loop, file, 1, 0).empty());
}

TEST_CASE("misuse of files is EINVAL") {
    const Loop loop(available_backends().front());
    plx_loop* get = loop.get();
    char bytes[4];
    const auto read = [&](plx_loop* on, void* buffer, size_t size, int64_t offset, plx_file_fn fn) {
        const int rc = plx_file_read_start(on, nullptr, 0, buffer, size, offset, fn, nullptr);
        CHECK(plx_file_write_start(on, nullptr, 0, buffer, size, offset, fn, nullptr) == rc);
        return rc;
    };
    CHECK(read(nullptr, bytes, 4, 0, on_result) == -EINVAL);
    CHECK(read(get, nullptr, 4, 0, on_result) == -EINVAL);
    CHECK(read(get, bytes, 4, -1, on_result) == -EINVAL);
    CHECK(read(get, bytes, 4, INT64_MIN, on_result) == -EINVAL);
    CHECK(read(get, bytes, 4, INT64_MAX - 3, on_result) == -EINVAL);
    CHECK(read(get, bytes, SIZE_MAX / 2 + 1, 0, on_result) == -EINVAL);
    CHECK(read(get, bytes, 4, 0, nullptr) == -EINVAL);
    CHECK(loop.stats().work_handles == 0);
}
