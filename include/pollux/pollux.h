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

/**
 * @defgroup c_version Version
 * @{
 */

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

/** @} */

/**
 * @defgroup c_errors Errors
 * @{
 */

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

/** @} */

/**
 * @defgroup c_backends Backends
 * @{
 */

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

/** @} */

/**
 * @defgroup c_poller Poller
 * @brief Waits for descriptors to be ready, and gives back plain events.
 *
 * The values of the first six macros of interest and readiness are those of poll(2) on every system
 * known.
 * @{
 */

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

/** @} */

/**
 * @defgroup c_loop Loop
 * @brief One thread that runs callbacks.
 *
 * A loop and everything started on it belong to the thread that runs it: only plx_post(),
 * plx_loop_stop() and the inside of a plx_work_fn may be called elsewhere. One iteration is:
 *
 * 1. changes of interest reach the kernel, and the loop waits for events or the next deadline;
 * 2. timers that are due run, by deadline and then by the order in which they were set;
 * 3. posts run, those of one thread in the order in which they were posted;
 * 4. signals and work that is done are reported;
 * 5. I/O events and children that have ended are reported, in the backend's order.
 *
 * What a callback starts is not run in the same iteration. What a callback closes is not run at
 * all, though its event may be there already.
 * @{
 */

/** An event loop. Opaque. */
typedef struct plx_loop plx_loop;

/**
 * @brief What was started on a loop: I/O, a timer, a signal, a child, work.
 *
 * A handle is a number, not a pointer: one that is closed, or was never given out, or is of another
 * kind than a function wants, is answered with `-ENOENT` and never does harm. 0 is no handle.
 */
typedef uint64_t plx_handle;

/** The kinds of handles, in traces and statistics: nothing. */
#define PLX_KIND_NONE UINT32_C(0)
/** plx_io_start() */
#define PLX_KIND_IO UINT32_C(1)
/** plx_timer_start() */
#define PLX_KIND_TIMER UINT32_C(2)
/** plx_signal_start() */
#define PLX_KIND_SIGNAL UINT32_C(3)
/** plx_child_start() */
#define PLX_KIND_CHILD UINT32_C(4)
/** plx_work_start(), plx_resolve_start(), plx_file_read_start(), plx_file_write_start() */
#define PLX_KIND_WORK UINT32_C(5)
/** plx_post(), which has no handle */
#define PLX_KIND_POST UINT32_C(6)

/** Called when a descriptor is ready; `events` as plx_event::events. */
typedef void (*plx_io_fn)(plx_loop* loop, plx_handle handle, uint32_t events, void* user);
/** Called when a timer is due. */
typedef void (*plx_timer_fn)(plx_loop* loop, plx_handle handle, void* user);
/** Called after a signal has arrived, once for any number of them since the last call. */
typedef void (*plx_signal_fn)(plx_loop* loop, plx_handle handle, int signo, void* user);
/** Called when a child has ended; `status` as waitpid(2) gives it, for `WIFEXITED` and so on. */
typedef void (*plx_child_fn)(plx_loop* loop, plx_handle handle, int status, void* user);
/** The work itself, run in a thread of the pool. It must not touch the loop but by plx_post(). */
typedef void (*plx_work_fn)(void* user);
/** Called when work has ended: `status` is 0, or `-ECANCELED` if it never began. */
typedef void (*plx_done_fn)(plx_loop* loop, plx_handle handle, int status, void* user);
/** Called in the loop's thread for a plx_post(). */
typedef void (*plx_post_fn)(plx_loop* loop, void* user);

/** How a loop is made. Start from ::PLX_LOOP_OPTIONS_INIT. */
typedef struct plx_loop_options {
    size_t struct_size;             /**< `sizeof(plx_loop_options)` of the caller */
    uint32_t backend;               /**< as plx_poller_options::backend */
    uint32_t required_capabilities; /**< as plx_poller_options::required_capabilities */
    uint32_t flags;                 /**< `PLX_LOOP_...` bits; 0 unless set */
    uint32_t work_threads;          /**< most threads of the pool, up to 1024; 0 is 4 */
    uint32_t events_per_wait;       /**< most I/O events of an iteration, up to 65536; 0 is 1024 */
    uint32_t reserved;              /**< 0 */
} plx_loop_options;

/**
 * Flag: measure each callback, for plx_loop_stats::slowest_callback_ns, and the time in waits. Two
 * looks at the clock for each.
 */
#define PLX_LOOP_TIME_CALLBACKS UINT32_C(0x1)

/** The default options. */
#define PLX_LOOP_OPTIONS_INIT \
    { sizeof(plx_loop_options), PLX_BACKEND_AUTO, 0, 0, 0, 0, 0 }

/**
 * @brief Makes a loop. No thread is started before there is work for it.
 * @param out set to the loop, which the caller destroys with plx_loop_destroy().
 * @param options NULL for the defaults. Not kept.
 * @return 0 or an error of plx_poller_create(); `-EINVAL` also for a number beyond its limit.
 */
PLX_EXPORT int plx_loop_create(plx_loop** out, const plx_loop_options* options);

/**
 * @brief Destroys a loop: closes everything it owns and runs no callback.
 *
 * Work that is running is waited for; its done callback does not run, nor that of work that has not
 * begun. Descriptors stay open. What `user` pointers point to is the caller's to free after that.
 *
 * @param loop may be NULL. Called from a callback of the loop, it takes effect when the loop's run
 * would go on, which then returns `-ECANCELED`. No other thread may be using the loop.
 */
PLX_EXPORT void plx_loop_destroy(plx_loop* loop);

/** Run until nothing is active that keeps the loop alive, or plx_loop_stop(). */
#define PLX_RUN_DEFAULT UINT32_C(0)
/** Run one iteration, which waits until there is something to do. */
#define PLX_RUN_ONCE UINT32_C(1)
/** Run one iteration that does not wait. */
#define PLX_RUN_NOWAIT UINT32_C(2)

/**
 * @brief Runs the loop in this thread.
 * @param loop the loop.
 * @param mode `PLX_RUN_...`
 * @return 1 if something is still active that keeps the loop alive, 0 if nothing is, or
 * - `-EBUSY`: called from a callback of this loop, or while another thread runs it
 * - `-EINVAL`: NULL, an unknown mode, or a loop of the parent process (see plx_loop_after_fork())
 * - `-ECANCELED`: a callback destroyed the loop
 * - an error of plx_poller_wait(), after which the loop may be run again; never `-EINTR`: a signal
 *   handler of the program does not end the run, but may call plx_loop_stop()
 */
PLX_EXPORT int plx_loop_run(plx_loop* loop, uint32_t mode);

/**
 * @brief Makes plx_loop_run() return after the iteration it is in, or the next one if none is
 * running.
 * @return 0; `-EINVAL` for NULL. Any thread; safe in a signal handler.
 */
PLX_EXPORT int plx_loop_stop(plx_loop* loop);

/**
 * @brief The loop's time: the monotonic clock, as it was when it was first needed after the last
 * wait.
 *
 * All callbacks of an iteration see the same. Delays count from it. A callback that computes for
 * long can call plx_loop_update_now().
 * @return nanoseconds; 0 for NULL.
 */
PLX_EXPORT int64_t plx_loop_now(const plx_loop* loop);

/** @brief Sets plx_loop_now() to the clock, and returns it; 0 for NULL. */
PLX_EXPORT int64_t plx_loop_update_now(plx_loop* loop);

/** @brief The backend in use; 0 if `loop` is NULL. */
PLX_EXPORT uint32_t plx_loop_backend(const plx_loop* loop);

/**
 * @brief As plx_poller_fd(): readable when ::PLX_RUN_NOWAIT has I/O, posts, signals or work to run.
 *
 * With plx_loop_next_deadline() it embeds the loop in another one: wait for either, then run with
 * ::PLX_RUN_NOWAIT, which also brings pending changes of interest to the kernel. Run it once so
 * before the first wait.
 */
PLX_EXPORT int plx_loop_fd(const plx_loop* loop);

/**
 * @brief When the loop has to run for its timers, at the latest.
 * @param loop the loop.
 * @param out set to the deadline in plx_loop_now()'s terms; to 0 if something is to be done
 * already, and to -1 if nothing has a deadline.
 * @return 0; `-EINVAL` for NULL.
 */
PLX_EXPORT int plx_loop_next_deadline(plx_loop* loop, int64_t* out);

/**
 * @brief plx_poller_after_fork() for a loop.
 *
 * Timers, I/O and signals go on. Children are the parent's, and work is done by its threads: those
 * handles are closed, without a callback. Pending posts are dropped, and signals that had come
 * before the fork. No other thread may have been running the loop at the fork.
 * @return as plx_poller_after_fork().
 */
PLX_EXPORT int plx_loop_after_fork(plx_loop* loop);

/**
 * @brief Closes a handle of any kind. No callback of it runs after the return.
 *
 * Right from any callback, the handle's own included. A descriptor stays open. A child lives on and
 * is not reaped. Work that has not begun is cancelled: its done callback runs with `-ECANCELED`
 * within this call.
 *
 * @return 0; `-ENOENT`: no such handle, or closed; `-EBUSY`: work that is running cannot be taken
 * back, and its done callback will come; `-EINVAL` for a NULL loop.
 */
PLX_EXPORT int plx_close(plx_loop* loop, plx_handle handle);

/**
 * @brief Lets a handle no longer keep ::PLX_RUN_DEFAULT running. Twice is as once.
 * @return 0; `-ENOENT`; `-EINVAL` for a NULL loop.
 */
PLX_EXPORT int plx_unref(plx_loop* loop, plx_handle handle);

/**
 * @brief Undoes plx_unref(). What is started keeps the loop running unless told otherwise.
 * @return 0; `-ENOENT`; `-EINVAL` for a NULL loop.
 */
PLX_EXPORT int plx_ref(plx_loop* loop, plx_handle handle);

/**
 * @brief Watches a descriptor and calls `fn` when it is ready.
 *
 * The descriptor is registered at once, so that its error is reported here.
 *
 * @param loop the loop.
 * @param out set to the handle.
 * @param fd as plx_poller_add(); one handle a descriptor.
 * @param interest as plx_poller_add(). After a ::PLX_ONESHOT event plx_io_set() arms it again.
 * @param fn called with what is ready.
 * @param user passed on.
 * @return 0, or an error of plx_poller_add(); `-EINVAL` also for NULL.
 */
PLX_EXPORT int plx_io_start(plx_loop* loop, plx_handle* out, int fd, uint32_t interest,
                            plx_io_fn fn, void* user);

/**
 * @brief Changes what a descriptor is watched for.
 *
 * Reaches the kernel before the next wait, and only if it is different by then: turning something
 * on and off again costs nothing. Should the kernel refuse then (the descriptor was closed), the
 * callback gets ::PLX_ERROR. An event that has come already is reported as far as the new interest
 * covers it.
 *
 * @return 0; `-ENOENT`; `-EINVAL`, `-ENOTSUP` as plx_poller_modify(); `-ENOMEM`.
 */
PLX_EXPORT int plx_io_set(plx_loop* loop, plx_handle handle, uint32_t interest);

/**
 * @brief Starts a timer.
 *
 * A timer never fires early. Once fired, one without a period stays and can be set again; it is
 * not active meanwhile. A periodic one keeps to its first deadline plus multiples of the period;
 * periods that went by unserved are left out, not made up for.
 *
 * @param loop the loop.
 * @param out set to the handle.
 * @param delay_ns nanoseconds from plx_loop_now(), at least 0.
 * @param period_ns 0, or nanoseconds from one deadline to the next.
 * @param fn called when the time has come.
 * @param user passed on.
 * @return 0; `-EINVAL`: NULL or a negative time; `-ENOMEM`.
 */
PLX_EXPORT int plx_timer_start(plx_loop* loop, plx_handle* out, int64_t delay_ns, int64_t period_ns,
                               plx_timer_fn fn, void* user);

/**
 * @brief Sets a timer anew, whether it has fired or not.
 *
 * A negative delay stops it until it is set again.
 * @return 0; `-ENOENT`; `-EINVAL`: a negative period; `-ENOMEM`.
 */
PLX_EXPORT int plx_timer_set(plx_loop* loop, plx_handle handle, int64_t delay_ns,
                             int64_t period_ns);

/**
 * @brief Calls `fn` after a signal has arrived in this process.
 *
 * Any number of loops and handles may watch one signal. A handler that the program had installed is
 * called too, as before; the default action and ignoring are suspended. What was installed comes
 * back when the last handle of the signal is closed, unless the program has installed something
 * else by then, which stays.
 *
 * @param loop the loop.
 * @param out set to the handle.
 * @param signo the signal. Not one that cannot be caught, nor one of a fault (`SIGSEGV`, `SIGBUS`,
 * `SIGFPE`, `SIGILL`): `-EINVAL`.
 * @param fn called in the loop's thread.
 * @param user passed on.
 * @return 0; `-EINVAL`; `-ENOMEM`.
 */
PLX_EXPORT int plx_signal_start(plx_loop* loop, plx_handle* out, int signo, plx_signal_fn fn,
                                void* user);

/**
 * @brief Waits for a child process and calls `fn` with its exit status; reaps that child, no other.
 *
 * The handle ends when `fn` is called. Do not wait for the child by other means, and do not have
 * `SIGCHLD` ignored (then the kernel forgets the status, which is reported as 0).
 *
 * @param loop the loop.
 * @param out set to the handle.
 * @param pid the child.
 * @param fn called when it has ended, also if that was before this call.
 * @param user passed on.
 * @return 0; `-ECHILD`: no child of this process; `-EEXIST`: this loop waits for it already;
 * `-EINVAL`; `-ENOMEM`, `-ENOSPC`, `-EMFILE`, `-ENFILE`.
 */
PLX_EXPORT int plx_child_start(plx_loop* loop, plx_handle* out, int64_t pid, plx_child_fn fn,
                               void* user);

/**
 * @brief Runs `work` in a thread of the loop's pool, then `done` in the loop's thread.
 *
 * For what blocks. Threads are started on demand, plx_loop_options::work_threads at most, with all
 * signals blocked but those of faults (`SIGSEGV` and the like). The handle ends when `done` is
 * called.
 *
 * @param loop the loop.
 * @param out set to the handle; may be NULL.
 * @param work run in a thread of the pool.
 * @param done called with 0, or with `-ECANCELED` (plx_close()); may be NULL.
 * @param user passed to both.
 * @return 0; `-EINVAL`; `-ENOMEM`; `-EAGAIN`: not even one thread could be started.
 */
PLX_EXPORT int plx_work_start(plx_loop* loop, plx_handle* out, plx_work_fn work, plx_done_fn done,
                              void* user);

/** An address that plx_resolve_start() has found, 28 bytes. */
typedef struct plx_address {
    uint32_t family;   /**< ::PLX_ADDRESS_IPV4 or ::PLX_ADDRESS_IPV6 */
    uint16_t port;     /**< in the order of this machine */
    uint16_t reserved; /**< 0 */
    uint8_t bytes[16]; /**< 4 or 16 of them, in network order; the rest is 0 */
    uint32_t scope_id; /**< of an IPv6 link-local address, else 0 */
} plx_address;

/** plx_address::family, and in plx_resolve_start() to ask for such addresses only. */
#define PLX_ADDRESS_IPV4 UINT32_C(4)
/** The same for IPv6. */
#define PLX_ADDRESS_IPV6 UINT32_C(6)

/**
 * Called with what a name resolves to. `status` is 0 and `count` > 0, or an error and 0: `-ENOENT`
 * (no such name or no address of that family), `-EAGAIN` (try again later), `-EIO` (the resolver
 * failed), `-ENOMEM`, `-ECANCELED`, `-EINVAL` (no such service). The list is valid during the call.
 */
typedef void (*plx_resolve_fn)(plx_loop* loop, plx_handle handle, int status,
                               const plx_address* list, size_t count, void* user);

/**
 * @brief Resolves a name with getaddrinfo(3), in the pool.
 *
 * Slow names cannot hold up other work: such calls take at most half of the pool's threads.
 *
 * @param loop the loop.
 * @param out set to the handle; may be NULL.
 * @param host a name or a numeric address; copied.
 * @param service a port number or name, copied; NULL is port 0.
 * @param family 0 for any, ::PLX_ADDRESS_IPV4 or ::PLX_ADDRESS_IPV6.
 * @param fn called with the result; the handle ends with it.
 * @param user passed on.
 * @return as plx_work_start().
 */
PLX_EXPORT int plx_resolve_start(plx_loop* loop, plx_handle* out, const char* host,
                                 const char* service, uint32_t family, plx_resolve_fn fn,
                                 void* user);

/** Called with the number of bytes read or written, or a negated errno; `-ECANCELED` as usual. */
typedef void (*plx_file_fn)(plx_loop* loop, plx_handle handle, int64_t result, void* user);

/**
 * @brief Reads from a file at an offset, with pread(2) in the pool.
 *
 * Goes on after a short read until `size` bytes are there or the file ends; 0 is the end of it.
 *
 * @param loop the loop.
 * @param out set to the handle; may be NULL.
 * @param fd the file. It and the buffer must stay as they are until `fn` is called.
 * @param buffer filled.
 * @param size how many bytes.
 * @param offset where, at least 0.
 * @param fn called with the result; the handle ends with it.
 * @param user passed on.
 * @return as plx_work_start(). An error of the file comes to `fn`.
 */
PLX_EXPORT int plx_file_read_start(plx_loop* loop, plx_handle* out, int fd, void* buffer,
                                   size_t size, int64_t offset, plx_file_fn fn, void* user);

/**
 * @brief Writes to a file at an offset, with pwrite(2) in the pool.
 *
 * All of it unless there is an error. Otherwise as plx_file_read_start().
 * @return as plx_work_start().
 */
PLX_EXPORT int plx_file_write_start(plx_loop* loop, plx_handle* out, int fd, const void* buffer,
                                    size_t size, int64_t offset, plx_file_fn fn, void* user);

/**
 * @brief Has `fn` called in the loop's thread.
 *
 * Posts of one thread run in their order; many may share one wake. A pending post keeps
 * ::PLX_RUN_DEFAULT running.
 *
 * @return 0; `-EINVAL`: NULL, or a loop of the parent process; `-ENOMEM`. Any thread, as long as
 * the loop is not destroyed; not for signal handlers.
 */
PLX_EXPORT int plx_post(plx_loop* loop, plx_post_fn fn, void* user);

/** What a loop has done and has to do. */
typedef struct plx_loop_stats {
    size_t struct_size;             /**< `sizeof(plx_loop_stats)` of the caller */
    uint64_t iterations;            /**< waits that have ended */
    uint64_t io_events;             /**< I/O callbacks run */
    uint64_t wakes;                 /**< waits ended by a post, a stop, a signal or work */
    uint64_t timers_fired;          /**< timer callbacks run */
    uint64_t posts;                 /**< post callbacks run */
    uint64_t signals;               /**< signal callbacks run */
    uint64_t interest_changes;      /**< changes of interest that reached the kernel */
    uint64_t work_queued;           /**< work that has not begun */
    uint64_t work_running;          /**< work in a thread now */
    uint64_t work_done;             /**< done callbacks run, cancelled ones included */
    uint64_t work_threads;          /**< threads of the pool now */
    uint64_t io_handles;            /**< open handles */
    uint64_t timer_handles;         /**< open handles */
    uint64_t active_timers;         /**< timers that are set */
    uint64_t signal_handles;        /**< open handles */
    uint64_t child_handles;         /**< open handles */
    uint64_t work_handles;          /**< open handles */
    int64_t busy_ns;                /**< time in plx_loop_run() outside of waits; see below */
    int64_t idle_ns;                /**< time in waits */
    int64_t slowest_callback_ns;    /**< with ::PLX_LOOP_TIME_CALLBACKS or a trace, else 0 */
    uint64_t slowest_callback_kind; /**< its `PLX_KIND_...` */
} plx_loop_stats;

/**
 * To start from, for plx_loop_stats_get().
 *
 * Where the system has a cheaper clock that only counts its ticks (`CLOCK_MONOTONIC_COARSE` of
 * Linux, 1 to 10 ms; `CLOCK_MONOTONIC_FAST` of FreeBSD), plx_loop_stats::busy_ns and
 * plx_loop_stats::idle_ns are told by that: a share of many seconds, not the time of one callback.
 * With ::PLX_LOOP_TIME_CALLBACKS or a trace they are exact.
 */
#define PLX_LOOP_STATS_INIT \
    { sizeof(plx_loop_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * @brief Takes the statistics.
 * @param loop the loop.
 * @param out `struct_size` set by the caller; filled up to it, zero behind what the library knows.
 * @return 0; `-EINVAL`. The loop's thread.
 */
PLX_EXPORT int plx_loop_stats_get(const plx_loop* loop, plx_loop_stats* out);

/** One callback, as a trace shows it. */
typedef struct plx_trace_event {
    plx_handle handle;   /**< 0 for a post */
    int64_t start_ns;    /**< when the callback began, on the monotonic clock */
    int64_t duration_ns; /**< how long it took */
    uint32_t kind;       /**< `PLX_KIND_...` */
    uint32_t events;     /**< of I/O: `PLX_READABLE` and so on; of a signal: its number; else 0 */
    const char* name;    /**< of the kind: "io", "timer", "signal", "child", "work", "post" */
} plx_trace_event;

/** Called after each callback of a loop that is traced. It must not call the loop. */
typedef void (*plx_trace_fn)(plx_loop* loop, const plx_trace_event* event, void* user);

/**
 * @brief Has `fn` called after each callback; NULL ends that. Costs nothing when off.
 * @return 0; `-EINVAL` for a NULL loop. The loop's thread.
 */
PLX_EXPORT int plx_loop_trace(plx_loop* loop, plx_trace_fn fn, void* user);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* POLLUX_POLLUX_H */
