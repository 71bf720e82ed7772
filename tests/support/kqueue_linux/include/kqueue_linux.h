/* SPDX-License-Identifier: MIT */
/* What a test can do to this kqueue that no real one offers. */
#ifndef KQUEUE_LINUX_H
#define KQUEUE_LINUX_H

#ifdef __cplusplus
extern "C" {
#endif

/* The next EV_ADD for `filter`, from any thread and on any kqueue, fails with `error` and changes
 * nothing. Filter 0 is the next call of kqueue() itself. An error of 0 takes the order back. */
void kqueue_linux_fail_next(short filter, int error);

#ifdef __cplusplus
}
#endif

#endif
