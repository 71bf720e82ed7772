// SPDX-License-Identifier: MIT
// An array indexed by descriptor number that costs memory only where it is used: a directory of
// pages, each made when the first element in it is. Elements never move, so find() may run in any
// thread while another one grows the array. Elements start as zero bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace pollux {

template <typename T, uint32_t kPageElements = 256>
class PagedArray {
    static_assert(std::is_trivially_destructible_v<T>);

    struct Page {
        T elements[kPageElements];
    };

public:
    PagedArray() = default;
    PagedArray(const PagedArray&) = delete;
    PagedArray& operator=(const PagedArray&) = delete;
    ~PagedArray() {
        Directory* newest = directory_.load(std::memory_order_relaxed);
        if (newest == nullptr) return;
        for (uint32_t i = 0; i < newest->count; ++i) {
            std::free(newest->pages[i].load(std::memory_order_relaxed));
        }
        while (newest != nullptr) {
            Directory* older = newest->older;
            std::free(newest);
            newest = older;
        }
    }

    // The element, or nullptr if its page was never made.
    T* find(uint32_t index) const noexcept {
        const Directory* directory = directory_.load(std::memory_order_acquire);
        const uint32_t page = index / kPageElements;
        if (directory == nullptr || page >= directory->count) return nullptr;
        Page* found = directory->pages[page].load(std::memory_order_acquire);
        return found == nullptr ? nullptr : &found->elements[index % kPageElements];
    }

    // The element, made if need be; nullptr when out of memory. One thread at a time.
    T* obtain(uint32_t index) noexcept {
        T* element = find(index);
        return element != nullptr ? element : make(index);
    }

    // Calls visit(index, element) for each element of each page made, in order. One thread at a
    // time.
    template <typename Visit>
    void for_each(Visit visit) const noexcept {
        const Directory* directory = directory_.load(std::memory_order_relaxed);
        if (directory == nullptr) return;
        for (uint32_t page = 0; page < directory->count; ++page) {
            Page* found = directory->pages[page].load(std::memory_order_relaxed);
            if (found == nullptr) continue;
            for (uint32_t i = 0; i < kPageElements; ++i) {
                visit(page * kPageElements + i, found->elements[i]);
            }
        }
    }

    // What there is now, for elements that are known to be there.
    class View {
    public:
        View() = default;
        T& operator[](uint32_t index) const noexcept {
            Page* page = pages_[index / kPageElements].load(std::memory_order_acquire);
            return page->elements[index % kPageElements];
        }

    private:
        friend class PagedArray;
        explicit View(const std::atomic<Page*>* pages) noexcept : pages_(pages) {}
        const std::atomic<Page*>* pages_ = nullptr;
    };

    // Not before the first obtain().
    View view() const noexcept { return View(directory_.load(std::memory_order_acquire)->pages); }

private:
    static constexpr uint32_t kFirstPages = 16;
    static constexpr size_t kCacheLine = 64;

    // Readers may still look at a directory that has been outgrown, so it is kept. Each is at least
    // twice as large as the one before: all the old ones together are smaller than the newest.
    struct Directory {
        Directory* older;
        uint32_t count;
        std::atomic<Page*> pages[1];
    };

    [[gnu::cold]] T* make(uint32_t index) noexcept {
        const uint32_t page = index / kPageElements;
        if (!reserve_directory(page + 1)) return nullptr;
        // On the boundary of a cache line, so that no element of such a size lies in two.
        void* memory = nullptr;
        if (posix_memalign(&memory, kCacheLine, sizeof(Page)) != 0) return nullptr;
        std::memset(memory, 0, sizeof(Page));
        auto* fresh = static_cast<Page*>(memory);
        Directory* directory = directory_.load(std::memory_order_relaxed);
        directory->pages[page].store(fresh, std::memory_order_release);
        return &fresh->elements[index % kPageElements];
    }

    bool reserve_directory(uint32_t count) noexcept {
        Directory* old = directory_.load(std::memory_order_relaxed);
        const uint32_t had = old == nullptr ? 0 : old->count;
        if (count <= had) return true;
        if (count < had * 2) count = had * 2;
        if (count < kFirstPages) count = kFirstPages;
        void* memory = std::calloc(1, sizeof(Directory) + count * sizeof(std::atomic<Page*>));
        if (memory == nullptr) return false;
        auto* grown = static_cast<Directory*>(memory);
        grown->older = old;
        grown->count = count;
        for (uint32_t i = 0; i < had; ++i) {
            grown->pages[i].store(old->pages[i].load(std::memory_order_relaxed),
                                  std::memory_order_relaxed);
        }
        directory_.store(grown, std::memory_order_release);
        return true;
    }

    std::atomic<Directory*> directory_ = nullptr;
};

}  // namespace pollux
