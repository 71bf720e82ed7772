// SPDX-License-Identifier: MIT
// A growing array of plain records over malloc: out of memory is an answer, not an exception.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>

namespace pollux {

template <typename T>
class Buffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Buffer() = default;
    ~Buffer() { std::free(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    // Makes room for `capacity` elements in all; false when out of memory, with nothing changed.
    [[nodiscard]] bool reserve(size_t capacity) noexcept {
        if (capacity <= capacity_) return true;
        if (capacity < capacity_ * 2) capacity = capacity_ * 2;
        if (capacity < kFirst) capacity = kFirst;
        if (capacity > SIZE_MAX / sizeof(T)) return false;
        void* moved = std::realloc(data_, capacity * sizeof(T));
        if (moved == nullptr) return false;
        data_ = static_cast<T*>(moved);
        capacity_ = capacity;
        return true;
    }

    [[nodiscard]] bool push(const T& value) noexcept {
        if (!reserve(size_ + 1)) return false;
        data_[size_++] = value;
        return true;
    }

    bool has_room() const noexcept { return size_ < capacity_; }
    // Room must have been reserved.
    void push_within_capacity(const T& value) noexcept { data_[size_++] = value; }
    void resize_within_capacity(size_t size) noexcept { size_ = size; }
    void erase(size_t from, size_t to) noexcept {
        if (from == to) return;
        std::memmove(data_ + from, data_ + to, (size_ - to) * sizeof(T));
        size_ -= to - from;
    }
    void pop() noexcept { --size_; }
    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    void clear() noexcept { size_ = 0; }

    // Empties and gives the memory back.
    void release() noexcept {
        std::free(data_);
        data_ = nullptr;
        size_ = 0;
        capacity_ = 0;
    }

    size_t size() const noexcept { return size_; }
    size_t capacity() const noexcept { return capacity_; }
    T* data() noexcept { return data_; }
    const T* data() const noexcept { return data_; }
    T& operator[](size_t index) noexcept { return data_[index]; }
    const T& operator[](size_t index) const noexcept { return data_[index]; }
    T* begin() noexcept { return data_; }
    T* end() noexcept { return data_ + size_; }

private:
    static constexpr size_t kFirst = 16;

    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace pollux
