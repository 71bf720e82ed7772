// SPDX-License-Identifier: MIT
// Lookups and files in C++: what they give, and who owns the buffers.
#include "capi/hpp_support.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

class TemporaryFile {
public:
    TemporaryFile() : file_(std::tmpfile()) { REQUIRE(file_ != nullptr); }
    ~TemporaryFile() { std::fclose(file_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    int fd() const { return fileno(file_); }

private:
    std::FILE* file_;
};

}  // namespace

static_assert(std::is_nothrow_move_assignable_v<plx::file_read>);
static_assert(!std::is_copy_constructible_v<plx::resolve>);

TEST_CASE("a name gives addresses, or an error") {
    plx::loop loop;
    std::vector<plx::address> found;
    std::error_code code = std::make_error_code(std::errc::io_error);
    plx::resolve resolve(loop, "192.0.2.7", "80", plx::family::any,
                         [&](std::error_code told, plx::address_range list) {
                             code = told;
                             found.assign(list.begin(), list.end());
                             CHECK(list.size() == 1);
                             CHECK_FALSE(list.empty());
                             CHECK(&list[0] == list.data());
                         });
    loop.run();
    CHECK_FALSE(code);
    REQUIRE(found.size() == 1);
    CHECK(found[0].family == PLX_ADDRESS_IPV4);
    CHECK(found[0].port == 80);
    CHECK(found[0].bytes[3] == 7);
    resolve = plx::resolve(loop, "::1", "", plx::family::ipv4,
                           [&](std::error_code told, plx::address_range list) {
                               code = told;
                               CHECK(list.empty());
                           });
    loop.run();
    CHECK(code == std::errc::no_such_file_or_directory);
}

TEST_CASE("a lookup is taken back, told or not") {
    plx::loop loop = make_loop(plx::backend::automatic, 1);
    Gate gate(loop);
    std::error_code code;
    plx::resolve told(
        loop, "localhost", "", plx::family::any,
        [&](std::error_code given, plx::address_range) { code = given; }, code);
    CHECK(told.cancel());
    CHECK(code == std::errc::operation_canceled);
    {
        const plx::resolve silent(loop, "localhost", "", plx::family::any, [] { FAIL("closed"); });
    }
    gate.open();
    CHECK_FALSE(loop.run());
}

TEST_CASE("a file is written and read with buffers that come back") {
    for (const plx::backend backend : plx::usable_backends()) {
        INFO(plx::name(backend));
        const TemporaryFile file;
        plx::loop loop = make_loop(backend);
        std::size_t written = 0;
        const plx::file_write write(loop, file.fd(), std::string("0123456789"), 0,
                                    [&](std::error_code code, std::size_t count) {
                                        CHECK_FALSE(code);
                                        written = count;
                                    });
        loop.run();
        CHECK(written == 10);
        std::vector<char> got;
        const plx::file_read read(
            loop, file.fd(), std::vector<char>(4), 3,
            [&](std::error_code code, std::size_t count, std::vector<char>& buffer) {
                CHECK_FALSE(code);
                CHECK(count == 4);
                got = std::move(buffer);
            });
        std::size_t bytes = 0;
        const plx::file_read numbers(loop, file.fd(), std::array<std::uint32_t, 4>{}, 0,
                                     [&](std::error_code, std::size_t count) { bytes = count; });
        loop.run();
        CHECK(std::string(got.begin(), got.end()) == "3456");
        CHECK(bytes == 10);
    }
}

TEST_CASE("errors of files come to the callback, those of the call to the caller") {
    plx::loop loop;
    std::error_code code;
    const plx::file_write write(loop, -1, std::string("x"), 0,
                                [&](std::error_code told, std::size_t) { code = told; });
    loop.run();
    CHECK(code == std::errc::bad_file_descriptor);
    const plx::file_read read(
        loop, 0, std::string("x"), -1, [] {}, code);
    CHECK_FALSE(read);
    CHECK(code == std::errc::invalid_argument);
    CHECK_THROWS_AS(plx::file_write(loop, 0, std::string("x"), -1, [] {}), plx::error);
}

TEST_CASE("a read that is running keeps its buffer after the end of its object") {
    const TemporaryFile file;
    plx::loop loop = make_loop(plx::backend::automatic, 1);
    const std::string text(1 << 20, 'x');
    plx::file_write(loop, file.fd(), text, 0, [] {}).detach();
    loop.run();
    for (int i = 0; i < 20; ++i) {
        const plx::file_read read(loop, file.fd(), std::vector<char>(text.size()), 0,
                                  [] { FAIL("closed"); });
        std::this_thread::yield();
    }
    CHECK_FALSE(loop.run());
    CHECK(loop.stats().work_handles == 0);
    Gate gate(loop);
    std::error_code code;
    plx::file_read read(loop, file.fd(), std::string(8, ' '), 0,
                        [&](std::error_code told, std::size_t) { code = told; });
    CHECK(read.cancel());
    CHECK(code == std::errc::operation_canceled);
}
