// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import "context"

// RunMode is how long [Loop.Run] runs.
type RunMode uint32

// The modes.
const (
	// RunDefault runs until nothing is left that keeps the loop alive, or Stop.
	RunDefault RunMode = C.PLX_RUN_DEFAULT
	// RunOnce runs one iteration, which waits until there is something to do.
	RunOnce RunMode = C.PLX_RUN_ONCE
	// RunNoWait runs one iteration that does not wait.
	RunNoWait RunMode = C.PLX_RUN_NOWAIT
)

// Run runs the loop in this goroutine, and tells whether something is still active that keeps it
// alive. It panics with what a callback has panicked with.
//
// EBUSY: called from a callback of this loop. ErrWrongGoroutine: another goroutine runs it. EINVAL:
// an unknown mode. ErrClosed: the loop is closed, or was by a callback. Else an error of
// [Poller.Wait], after which the loop may be run again.
func (l *Loop) Run(mode RunMode) (active bool, err error) {
	if err := l.enter(); err != nil {
		return false, err
	}
	defer l.leave()
	if l.turn.isNested() {
		return false, errBusy
	}
	result := l.run(mode)
	if l.turn.isClosed() {
		return false, ErrClosed
	}
	return result > 0, check(result)
}

// run leaves a loop that cannot be saved as one that runs, so that nobody touches it any more.
func (l *Loop) run(mode RunMode) C.int {
	hasReturned := false
	defer func() {
		if !hasReturned { // panics do not get here
			l.panics = nil
			panic("pollux: a callback has called runtime.Goexit, or t.FailNow, t.Fatal, t.Skip")
		}
	}()
	l.turn.setRunning(true)
	result := C.plx_loop_run(l.ptr, C.uint32_t(mode))
	l.turn.setRunning(false)
	hasReturned = true
	return result
}

// RunContext runs as [RunDefault] until the context is done as well. Then it gives the context's
// error.
func (l *Loop) RunContext(ctx context.Context) error {
	over, stopped := make(chan struct{}), false
	defer close(over)
	watch := func() {
		select {
		case <-over:
		case <-ctx.Done():
			// A post and not a stop, which would end a later run if this one is over by then.
			_ = l.Post(func() {
				select {
				case <-over:
				default:
					stopped = l.Stop() == nil
				}
			})
		}
	}
	if ctx.Done() != nil {
		go watch()
	}
	_, err := l.Run(RunDefault)
	if stopped && err == nil {
		err = ctx.Err()
	}
	return err
}

// Stop ends Run after the iteration it is in, or the next one if none is running. Any goroutine.
func (l *Loop) Stop() error {
	if l.ptr == nil || !l.gate.enter() {
		return ErrClosed
	}
	defer l.gate.leave()
	return check(C.plx_loop_stop(l.ptr))
}

// Post has a function called by Run. Any goroutine; posts of one run in their order. What is
// pending keeps [RunDefault] running. EINVAL: nil. ENOMEM.
func (l *Loop) Post(fn func()) error {
	if fn == nil {
		return errInvalid
	}
	if l.ptr == nil || !l.gate.enter() {
		return ErrClosed
	}
	defer l.gate.leave()
	l.postsMu.Lock()
	defer l.postsMu.Unlock()
	l.posts = append(l.posts, fn)
	result := C.bridge_post(l.ptr, C.uintptr_t(l.key))
	if result < 0 {
		l.posts = l.posts[:len(l.posts)-1]
	}
	return check(result)
}

// nextPost is the oldest: there is one for each call of C.
func (l *Loop) nextPost() func() {
	l.postsMu.Lock()
	defer l.postsMu.Unlock()
	fn := l.posts[0]
	l.posts[0] = nil
	l.posts = l.posts[1:]
	return fn
}
