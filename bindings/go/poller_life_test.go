// SPDX-License-Identifier: MIT

package pollux_test

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pollux"
)

func TestAWakeEndsOneWait(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		ok(t, poller.Wake())
		ok(t, poller.Wake())
		events := wait(t, poller, long)
		same(t, len(events), 1)
		same(t, events[0], pollux.Event{FD: -1, Events: pollux.Woken})
		same(t, len(wait(t, poller, 0)), 0)
		go poller.Wake()
		same(t, len(wait(t, poller, -1)), 1)
	})
}

func TestAChangeReachesAWaitInAnotherGoroutine(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, _ := pair(t)
		result := make(chan []pollux.Event)
		go func() { result <- wait(t, poller, long) }()
		time.Sleep(5 * time.Millisecond)
		ok(t, poller.Add(near, 3, pollux.Writable))
		same(t, len(<-result), 1)
	})
}

func TestUseAfterCloseIsErrClosed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		closed := newPoller(t, backend)
		ok(t, closed.Close())
		same(t, closed.Backend(), backend)
		for _, poller := range []*pollux.Poller{closed, {}} {
			_, waitErr := poller.Wait(make([]pollux.Event, 1), -1)
			_, fdErr := poller.FD()
			for i, err := range []error{
				waitErr, fdErr, poller.Add(0, 0, pollux.Readable), poller.Wake(), poller.Remove(0),
				poller.Modify(0, 0, pollux.Readable), poller.Close(),
			} {
				if err != pollux.ErrClosed || !errors.Is(err, os.ErrClosed) {
					t.Errorf("call %d gives %v", i, err)
				}
			}
			same(t, poller.Count(), 0)
		}
	})
}

func TestCloseEndsEveryWaitAndLeavesNoDescriptor(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		before := openDescriptors()
		for round := 0; round < 50; round++ {
			poller := newPoller(t, backend)
			near, _ := pair(t)
			var waiting sync.WaitGroup
			var wrong atomic.Value
			for i := 0; i < 4; i++ {
				waiting.Add(1)
				go func() {
					defer waiting.Done()
					events := make([]pollux.Event, 1)
					for {
						if _, err := poller.Wait(events, -1); err == pollux.ErrClosed {
							return
						} else if err != nil {
							wrong.Store(err)
							return
						}
						poller.Add(near, 0, pollux.Readable)
						poller.Remove(near)
					}
				}()
			}
			if round%2 == 0 {
				time.Sleep(time.Millisecond)
			}
			ok(t, poller.Close())
			waiting.Wait()
			if err := wrong.Load(); err != nil {
				t.Fatal(err)
			}
			syscall.Close(near)
		}
		// The far ends are still open.
		if after := openDescriptors(); after > before+50 {
			t.Errorf("%d descriptors, and %d before", after, before)
		}
	})
}

func openDescriptors() int {
	count := 0
	var status syscall.Stat_t
	for fd := 0; fd < 1024; fd++ {
		if syscall.Fstat(fd, &status) == nil {
			count++
		}
	}
	return count
}

func TestOneOfManyWhoCloseAtOnceDoesIt(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		var closing sync.WaitGroup
		var closed int32
		for i := 0; i < 8; i++ {
			closing.Add(1)
			go func() {
				defer closing.Done()
				if poller.Close() == nil {
					atomic.AddInt32(&closed, 1)
				}
			}()
		}
		closing.Wait()
		same(t, closed, 1)
	})
}

func TestAForgottenPollerIsClosedByTheGarbageCollector(t *testing.T) {
	before := openDescriptors()
	for i := 0; i < 100; i++ {
		_, err := pollux.NewPoller(pollux.PollerOptions{})
		ok(t, err)
	}
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
		if openDescriptors() < before+50 {
			return
		}
	}
	t.Error("the descriptors are still open")
}
