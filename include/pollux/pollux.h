/* SPDX-License-Identifier: MIT */
#ifndef POLLUX_POLLUX_H
#define POLLUX_POLLUX_H

/**
 * @file pollux.h
 * @brief The whole C interface of Pollux: one readiness interface over epoll, kqueue and poll.
 *
 * @section conventions Conventions
 *
 * - **Results.** Every function that returns `int` gives a value >= 0 on success or a negated
 *   `errno` value such as `-EBADF`. Nothing else reports an error: `errno` is not part of the
 *   interface, and the library never aborts, prints or throws. plx_strerror() and plx_error_name()
 *   put a result into words.
 * - **A failed call changes nothing** and leaks nothing. In particular an output parameter keeps
 *   its value.
 * - **Types.** Only fixed-width integers, `int`, `size_t` and pointers cross the interface.
 * - **Times** are `int64_t` nanoseconds on the system's monotonic clock (`CLOCK_MONOTONIC`).
 * - **Option structs** start with `size_t struct_size`, which the caller's `..._INIT` macro sets. A
 *   struct smaller than the library's is read up to its size, the rest takes the defaults; a larger
 *   one is accepted if what the library does not know is zero, and is `-E2BIG` otherwise; one too
 *   small to hold `struct_size` itself is `-EINVAL`.
 * - **NULL.** A NULL poller, a NULL output parameter or a NULL event array is `-EINVAL` unless a
 *   function says otherwise.
 * - **Threads.** Each function says which threads may call it. No two pollers share anything that
 *   can be seen.
 * - **Fork.** In a child process a poller of the parent answers `-EINVAL` until
 *   plx_poller_after_fork(); nothing that the child does with it reaches the parent.
 * - **Descriptors** that the library opens for itself are close-on-exec from birth where the system
 *   allows it. A poller never closes a descriptor that was registered with it.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports. */
#if defined(__GNUC__) || defined(__clang__)
#define PLX_EXPORT __attribute__((visibility("default")))
#else
#define PLX_EXPORT
#endif

/* ----------------------------------------------------------------------------------------------
 * Version
 * -------------------------------------------------------------------------------------------- */

/** Major version of this header. While it is 0, a new minor version may change the interface. */
#define PLX_VERSION_MAJOR 0
/** Minor version of this header. */
#define PLX_VERSION_MINOR 1
/** Patch level of this header. */
#define PLX_VERSION_PATCH 0

/**
 * @brief The version of the library that is loaded, as `(major << 16) | (minor << 8) | patch`.
 *
 * It can differ from the header's, which the `PLX_VERSION_...` macros give. Any thread.
 */
PLX_EXPORT uint32_t plx_version(void);

/** @brief The version of the library that is loaded as text, such as `"0.1.0"`. Static text; any
 * thread. */
PLX_EXPORT const char* plx_version_string(void);

/* ----------------------------------------------------------------------------------------------
 * Errors
 * -------------------------------------------------------------------------------------------- */

/**
 * @brief One short English phrase for a result of this library.
 * @param rc any result. A value >= 0 gives `"success"`, a number that is no known error gives
 * `"unknown error"`.
 * @return static text, never NULL. Any thread; safe in a signal handler.
 */
PLX_EXPORT const char* plx_strerror(int rc);

/**
 * @brief The symbolic name of a result, such as `"EBADF"` for `-EBADF`.
 * @param rc any result. A value >= 0 gives `"OK"`, a number that is no known error gives
 * `"UNKNOWN"`.
 * @return static text, never NULL. Any thread; safe in a signal handler.
 */
PLX_EXPORT const char* plx_error_name(int rc);

/* ----------------------------------------------------------------------------------------------
 * Backends
 * -------------------------------------------------------------------------------------------- */

/** Choose for me: the first usable backend that has the required capabilities. */
#define PLX_BACKEND_AUTO UINT32_C(0)
/** Linux epoll(7). */
#define PLX_BACKEND_EPOLL UINT32_C(1)
/** kqueue(2) of macOS and the BSDs. */
#define PLX_BACKEND_KQUEUE UINT32_C(2)
/** POSIX poll(2). */
#define PLX_BACKEND_POLL UINT32_C(3)

/** The backend has ::PLX_EDGE. */
#define PLX_CAP_EDGE UINT32_C(0x01)
/** ::PLX_EXCLUSIVE wakes fewer waiters (everywhere else it is accepted and wakes them all). */
#define PLX_CAP_EXCLUSIVE UINT32_C(0x02)
/** The backend has ::PLX_PRIORITY. */
#define PLX_CAP_PRIORITY UINT32_C(0x04)
/** The backend can report ::PLX_READ_CLOSED. */
#define PLX_CAP_READ_CLOSED UINT32_C(0x08)
/** Timeouts are finer than a millisecond. */
#define PLX_CAP_NS_TIMEOUT UINT32_C(0x10)
/** plx_poller_fd() gives a descriptor that can be nested in another event loop. */
#define PLX_CAP_NATIVE_FD UINT32_C(0x20)

/**
 * @brief Lists the backends that work here and now, best first.
 *
 * Each compiled backend is tried. One that the kernel refuses (`ENOSYS`, `EPERM`, `EACCES`: an old
 * kernel, a sandbox) is left out; one that only lacks descriptors or memory at this moment is
 * listed.
 *
 * @param ids filled with up to `capacity` of `PLX_BACKEND_...`; may be NULL if `capacity` is 0.
 * @param capacity room in `ids`.
 * @return how many there are, which may be more than `capacity`. Any thread.
 */
PLX_EXPORT size_t plx_backend_list(uint32_t* ids, size_t capacity);

/**
 * @brief The name of a backend: `"epoll"`, `"kqueue"`, `"poll"`, or `"auto"` for
 * ::PLX_BACKEND_AUTO.
 * @return static text, or NULL if `backend` is none of them. Whether it is compiled in does not
 * matter. Any thread.
 */
PLX_EXPORT const char* plx_backend_name(uint32_t backend);

/**
 * @brief The opposite of plx_backend_name().
 * @param name exactly such a name.
 * @param out set to the number of the backend.
 * @return 0; `-EINVAL` for an unknown name or a NULL argument. Any thread.
 */
PLX_EXPORT int plx_backend_from_name(const char* name, uint32_t* out);

/**
 * @brief What a backend can do, as `PLX_CAP_...` bits.
 * @return the bits; 0 for ::PLX_BACKEND_AUTO and for a backend that is not compiled in. Any thread.
 */
PLX_EXPORT uint32_t plx_backend_capabilities(uint32_t backend);

/* ----------------------------------------------------------------------------------------------
 * Poller: interest and readiness. The values of the first six are those of poll(2) on every system
 * known.
 * -------------------------------------------------------------------------------------------- */

/** Interest and report: a read would not block. Data, a connection to accept, end of file or an
 * error is there. */
#define PLX_READABLE UINT32_C(0x0001)
/** Interest and report: out-of-band data or another exceptional condition. Needs
 * ::PLX_CAP_PRIORITY. */
#define PLX_PRIORITY UINT32_C(0x0002)
/** Interest and report: a write would not block. There is room, the connect has ended, or an error
 * is there. */
#define PLX_WRITABLE UINT32_C(0x0004)
/** Report, a hint: the file is in an error state. Reading, writing or `SO_ERROR` tells which. */
#define PLX_ERROR UINT32_C(0x0008)
/** Report, a hint: both directions are closed. Data may still be unread: ::PLX_READABLE tells. */
#define PLX_HANGUP UINT32_C(0x0010)
/** Report, a hint, with ::PLX_READABLE in the interest: the peer will send no more. Data may still
 * be unread. */
#define PLX_READ_CLOSED UINT32_C(0x2000)

/** Interest: report changes to ready, not the state; the caller reads or writes until `EAGAIN`.
 * Needs ::PLX_CAP_EDGE. */
#define PLX_EDGE UINT32_C(0x10000)
/** Interest: report once, then disarm the whole registration, both directions, until
 * plx_poller_modify(). */
#define PLX_ONESHOT UINT32_C(0x20000)
/**
 * Interest: of the pollers that watch this file with it, wake fewer than all. Accepted everywhere,
 * has an effect with
 * ::PLX_CAP_EXCLUSIVE. Not together with ::PLX_ONESHOT or ::PLX_PRIORITY (`-EINVAL`); where it has
 * an effect,
 * ::PLX_READ_CLOSED is not reported.
 */
#define PLX_EXCLUSIVE UINT32_C(0x40000)

/** Report, alone and with `fd == -1`: plx_poller_wake() ended this wait. */
#define PLX_WOKEN UINT32_C(0x100000)

/** A set of descriptors that is watched for readiness. Opaque. */
typedef struct plx_poller plx_poller;

/** One event, 16 bytes for ever. */
typedef struct plx_event {
    uint64_t token;  /**< what plx_poller_add() or the last plx_poller_modify() was given; 0 with
                        ::PLX_WOKEN */
    int32_t fd;      /**< the descriptor; -1 with ::PLX_WOKEN */
    uint32_t events; /**< what is reported: ::PLX_READABLE and so on */
} plx_event;

/** How a poller is made. Start from ::PLX_POLLER_OPTIONS_INIT. */
typedef struct plx_poller_options {
    size_t struct_size;             /**< `sizeof(plx_poller_options)` of the caller */
    uint32_t backend;               /**< `PLX_BACKEND_...`; ::PLX_BACKEND_AUTO unless set */
    uint32_t required_capabilities; /**< `PLX_CAP_...` bits without which the create shall fail; 0
                                       unless set */
    uint32_t flags;                 /**< none are known: 0 */
    uint32_t reserved;              /**< 0 */
} plx_poller_options;

/** The default options. */
#define PLX_POLLER_OPTIONS_INIT \
    { sizeof(plx_poller_options), PLX_BACKEND_AUTO, 0, 0, 0 }

/**
 * @brief Makes a poller.
 *
 * An explicit backend is used or the call fails; it never falls back. ::PLX_BACKEND_AUTO takes the
 * first backend, in the order of plx_backend_list(), that has the required capabilities and that
 * the kernel does not refuse. The environment variable `POLLUX_BACKEND` (`epoll`, `kqueue` or
 * `poll`; empty is as if unset) narrows ::PLX_BACKEND_AUTO to that one; it is ignored in set-uid
 * and set-gid programs.
 *
 * @param out set to the poller, which the caller destroys with plx_poller_destroy().
 * @param options NULL for the defaults. Not kept.
 * @return 0 or
 * - `-EINVAL`: `out` is NULL; unknown backend, capability or flag; `reserved` is not 0;
 *   `struct_size` is less than `sizeof(size_t)`; an unknown name in `POLLUX_BACKEND`
 * - `-E2BIG`: the struct is larger than the library knows, and the rest is not zero
 * - `-ENOTSUP`: the backend is not compiled in, does not work here, or lacks a required capability
 * - `-EMFILE`, `-ENFILE`, `-ENOMEM`: no more descriptors or memory
 *
 * Any thread.
 */
PLX_EXPORT int plx_poller_create(plx_poller** out, const plx_poller_options* options);

/**
 * @brief Destroys a poller. Its registrations end; the registered descriptors stay open.
 * @param poller may be NULL. No other call on it may be in progress or follow, from any thread or
 * signal handler.
 *
 * Also right in a child process for a poller of the parent, without plx_poller_after_fork(); the
 * parent's is not touched.
 */
PLX_EXPORT void plx_poller_destroy(plx_poller* poller);

/** @brief The backend in use, never ::PLX_BACKEND_AUTO; 0 if `poller` is NULL. Any thread. */
PLX_EXPORT uint32_t plx_poller_backend(const plx_poller* poller);

/** @brief How many descriptors are registered; 0 if `poller` is NULL. Any thread. */
PLX_EXPORT size_t plx_poller_count(const plx_poller* poller);

/**
 * @brief A descriptor that is readable when the poller has events, to nest it in another event
 * loop.
 *
 * When it is readable, call plx_poller_wait() with a timeout of 0. It belongs to the poller: do not
 * close it, and do not wait on it or change it by other means than watching it. It stays the same
 * until plx_poller_after_fork().
 *
 * @return the descriptor or
 * - `-ENOTSUP`: the backend has none (::PLX_CAP_NATIVE_FD)
 * - `-EINVAL`: `poller` is NULL, or of the parent process
 * - `-EMFILE`, `-ENFILE`, `-ENOMEM`: the first call opens the descriptor, and could not
 *
 * Any thread.
 */
PLX_EXPORT int plx_poller_fd(const plx_poller* poller);

/**
 * @brief Registers a descriptor.
 *
 * Takes effect on waits in progress. Remove a descriptor before closing it: the poller cannot see
 * the close (see plx_poller_remove()).
 *
 * @param poller the poller.
 * @param fd an open descriptor of something that can be waited for: a socket, pipe, FIFO, terminal,
 * eventfd and so on.
 * @param token comes back in each event of this registration; the library does not look at it.
 * @param interest ::PLX_READABLE, ::PLX_WRITABLE, ::PLX_PRIORITY with ::PLX_EDGE, ::PLX_ONESHOT,
 * ::PLX_EXCLUSIVE. Level is the default. Without any of the first three the descriptor is
 * registered and nothing is reported, no hang-up either.
 * @return 0 or
 * - `-EBADF`: `fd` is not open, or is negative
 * - `-EEXIST`: `fd` is registered
 * - `-EPERM`: a regular file or a directory, or another file that the kernel cannot watch
 * - `-EINVAL`: unknown bits; ::PLX_EXCLUSIVE with ::PLX_ONESHOT or ::PLX_PRIORITY; the poller's own
 *   descriptor
 * - `-ENOTSUP`: the backend lacks what is asked for (::PLX_CAP_EDGE, ::PLX_CAP_PRIORITY)
 * - `-ENOMEM`, `-ENOSPC`: no more memory, or no more of the kernel's watches
 *   (`/proc/sys/fs/epoll/max_user_watches`)
 *
 * Any thread.
 */
PLX_EXPORT int plx_poller_add(plx_poller* poller, int fd, uint64_t token, uint32_t interest);

/**
 * @brief Gives a registered descriptor another token and interest, and arms it again.
 *
 * The new interest holds whole, mode included. What is ready already is reported (again), with
 * ::PLX_EDGE too. Takes effect on waits in progress. An event of the old interest is not reported
 * by a wait that begins afterwards.
 *
 * @return 0, `-ENOENT` if `fd` is not registered, or an error of plx_poller_add(); then the old
 * registration still holds.
 *
 * Any thread.
 */
PLX_EXPORT int plx_poller_modify(plx_poller* poller, int fd, uint64_t token, uint32_t interest);

/**
 * @brief Forgets a descriptor. No wait that begins after the return reports this registration.
 *
 * Right also after the descriptor was closed, even if its number is in use again or a duplicate
 * keeps the file open. Until then a closed descriptor counts as registered (plx_poller_add() of its
 * number is `-EEXIST`), and whether events of a surviving duplicate or of a new file under the
 * number are reported is up to the backend: so remove first, then close.
 *
 * @return 0, or `-ENOENT` if `fd` is not registered, `-EBADF` if it is negative. Any thread.
 */
PLX_EXPORT int plx_poller_remove(plx_poller* poller, int fd);

/**
 * @brief Waits until something is ready, a wake, or the timeout.
 *
 * One event per descriptor at most. Level-triggered conditions repeat while they hold; with more
 * descriptors ready than `capacity`, repeated waits reach every one of them. Several threads may
 * wait on one poller: a one-shot event goes to exactly one of them, a level-triggered one may go to
 * several.
 *
 * @param poller the poller.
 * @param events filled from the start. What lies behind the returned count may have been
 * overwritten.
 * @param capacity room in `events`, at least 1.
 * @param timeout_ns 0 does not block, negative waits for ever, else the least time to wait before
 * giving up. A wait never ends early; it may end late by the system's timer resolution, a
 * millisecond without ::PLX_CAP_NS_TIMEOUT.
 * @return how many events; 0 means the timeout and nothing else; or
 * - `-EINTR`: a signal handler ran. Nothing is lost: wait again
 * - `-EINVAL`: a capacity < 1, NULL arguments, or a poller of the parent process
 * - `-ENOMEM`, `-EMFILE`, `-ENFILE`, `-ENOSPC`: there was no memory, or the kernel's set had to be
 *   rebuilt (see plx_poller_remove()) or a further concurrent waiter needed a descriptor, and that
 *   failed; no event is lost
 *
 * Any thread.
 */
PLX_EXPORT int plx_poller_wait(plx_poller* poller, plx_event* events, int capacity,
                               int64_t timeout_ns);

/**
 * @brief Ends one wait: one in progress, or the next one. That wait reports an event ::PLX_WOKEN.
 *
 * Wakes that come before such a wait has ended count as one. None is lost.
 *
 * @return 0, or `-EINVAL` if `poller` is NULL or of the parent process. Any thread; safe in a
 * signal handler.
 */
PLX_EXPORT int plx_poller_wake(plx_poller* poller);

/**
 * @brief Makes a poller of the parent usable in this child process, with everything registered
 * again.
 *
 * The kernel's state is made anew; the parent's is not touched. A descriptor that the child has
 * closed stays registered and silent, as if it had been closed after plx_poller_add(). A fired
 * one-shot stays disarmed. A pending wake is dropped. In the process that made the poller the call
 * does nothing.
 *
 * @return 0; `-EINVAL` for NULL; `-EMFILE`, `-ENFILE`, `-ENOMEM`, `-ENOSPC`, `-ENOTSUP`: then the
 * poller is as unusable as before and the call may be repeated. No other call on the poller may be
 * in progress in this process.
 */
PLX_EXPORT int plx_poller_after_fork(plx_poller* poller);

#ifdef __cplusplus
}
#endif

#endif /* POLLUX_POLLUX_H */
