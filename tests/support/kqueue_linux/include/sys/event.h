/* SPDX-License-Identifier: MIT */
/* kqueue(2) for tests on Linux. The layout of struct kevent and the numbers are FreeBSD's;
 * EVFILT_EXCEPT and NOTE_OOB, which FreeBSD lacks, are macOS's. See README.md. */
#ifndef KQUEUE_LINUX_SYS_EVENT_H
#define KQUEUE_LINUX_SYS_EVENT_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_PROC (-5)
#define EVFILT_USER (-11)
#define EVFILT_EXCEPT (-15)

/* Actions. */
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008

/* Modes. */
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080

/* Returned. */
#define EV_SYSFLAGS 0xf000
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

/* EVFILT_EXCEPT */
#define NOTE_OOB 0x00000002U

/* EVFILT_PROC */
#define NOTE_EXIT 0x80000000U

/* EVFILT_USER */
#define NOTE_FFNOP 0x00000000U
#define NOTE_FFAND 0x40000000U
#define NOTE_FFOR 0x80000000U
#define NOTE_FFCOPY 0xc0000000U
#define NOTE_FFCTRLMASK 0xc0000000U
#define NOTE_FFLAGSMASK 0x00ffffffU
#define NOTE_TRIGGER 0x01000000U

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned int fflags;
    int64_t data;
    void* udata;
    uint64_t ext[4];
};

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_) \
    do {                                                               \
        struct kevent* ev_set_ = (event);                              \
        ev_set_->ident = (uintptr_t)(ident_);                          \
        ev_set_->filter = (short)(filter_);                            \
        ev_set_->flags = (unsigned short)(flags_);                     \
        ev_set_->fflags = (unsigned int)(fflags_);                     \
        ev_set_->data = (int64_t)(data_);                              \
        ev_set_->udata = (void*)(udata_);                              \
        ev_set_->ext[0] = 0;                                           \
        ev_set_->ext[1] = 0;                                           \
        ev_set_->ext[2] = 0;                                           \
        ev_set_->ext[3] = 0;                                           \
    } while (0)

#ifdef __cplusplus
extern "C" {
#endif

int kqueue(void);
int kevent(int kq, const struct kevent* changelist, int nchanges, struct kevent* eventlist,
           int nevents, const struct timespec* timeout);

#ifdef __cplusplus
}
#endif

#endif
