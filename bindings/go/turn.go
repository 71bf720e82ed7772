// SPDX-License-Identifier: MIT

package pollux

/*
#include "bridge.h"
*/
import "C"

import (
	"runtime"
	"sync"
)

// turn is who may touch a loop. While the loop runs that is its goroutine, which is within C or a
// callback and so does not leave its thread: hence threads tell goroutines apart. Before and after,
// it is one at a time.
type turn struct {
	mu      sync.Mutex
	free    sync.Cond
	thread  uintptr // of whose turn it is, or 0
	depth   int     // how many calls it is in: a callback may call
	running bool
	tracing bool
	closed  bool
	working map[uintptr]bool // threads that do this loop's work
}

func (t *turn) init() {
	t.free.L = &t.mu
	t.working = make(map[uintptr]bool)
}

// begin takes the turn, or waits for it where that is short. The goroutine keeps its thread.
func (t *turn) begin() error {
	runtime.LockOSThread()
	err := t.take(uintptr(C.bridge_thread()))
	if err != nil {
		runtime.UnlockOSThread()
	}
	return err
}

func (t *turn) take(thread uintptr) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.thread != thread {
		switch {
		case t.closed:
			return ErrClosed
		case t.running || t.working[thread]:
			return ErrWrongGoroutine
		case t.thread == 0:
			t.thread = thread
			t.depth = 1
			return nil
		}
		t.free.Wait()
	}
	if t.closed {
		return ErrClosed
	}
	if t.tracing {
		return errBusy
	}
	t.depth++
	return nil
}

// isNested tells whether this call is one of a callback.
func (t *turn) isNested() bool { return t.depth > 1 }

func (t *turn) end() {
	t.mu.Lock()
	t.depth--
	if t.depth == 0 {
		t.thread = 0
		t.free.Signal()
	}
	t.mu.Unlock()
	runtime.UnlockOSThread()
}

func (t *turn) setRunning(running bool) {
	t.mu.Lock()
	t.running = running
	// Whoever waits for the turn would wait for long.
	t.free.Broadcast()
	t.mu.Unlock()
}

func (t *turn) setClosed() {
	t.mu.Lock()
	t.closed = true
	t.free.Broadcast()
	t.mu.Unlock()
}

func (t *turn) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// setWorking is called in a thread of the pool, around the work.
func (t *turn) setWorking(working bool) {
	thread := uintptr(C.bridge_thread())
	t.mu.Lock()
	if working {
		t.working[thread] = true
	} else {
		delete(t.working, thread)
	}
	t.mu.Unlock()
}
