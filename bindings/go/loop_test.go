// SPDX-License-Identifier: MIT

package pollux_test

import (
	"context"
	"reflect"
	"syscall"
	"testing"
	"time"

	"pollux"
)

func TestALoopWithNothingToDoReturnsAtOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		same(t, loop.Backend(), backend)
		run(t, loop)
	})
}

func TestIOCallsWithWhatIsReadyUntilItIsClosed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		near, far := pair(t)
		calls := 0
		write(t, far, "x")
		io, err := loop.IO(near, pollux.Readable, func(io *pollux.IO, ready pollux.Events) {
			same(t, ready, pollux.Readable)
			same(t, io.FD(), near)
			if calls++; calls == 3 {
				if err := io.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		ok(t, err)
		run(t, loop)
		same(t, calls, 3)
		gives(t, io.Close(), pollux.ErrClosed)
	})
}

func TestAnInterestCanBeSetToAnother(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		near, _ := pair(t)
		var seen []pollux.Events
		io, err := loop.IO(near, pollux.Readable, func(io *pollux.IO, ready pollux.Events) {
			seen = append(seen, ready)
			if len(seen) == 2 {
				io.Close()
			} else if err := io.Set(pollux.Writable | pollux.OneShot); err != nil {
				t.Error(err)
			}
		})
		ok(t, err)
		ok(t, io.Set(pollux.Writable|pollux.OneShot))
		run(t, loop)
		same(t, len(seen), 2)
	})
}

func TestTimersFireInOrderAndNeverEarly(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		var order []int
		begin := time.Now()
		_, err := loop.UpdateNow() // from which delays count
		ok(t, err)
		for _, delay := range []int{3, 1, 2} {
			delay := delay
			after := time.Duration(delay) * time.Millisecond
			_, err := loop.After(after, func() {
				order = append(order, delay)
				if time.Since(begin) < after {
					t.Errorf("%v is early", after)
				}
			})
			ok(t, err)
		}
		run(t, loop)
		same(t, reflect.DeepEqual(order, []int{1, 2, 3}), true)
		stats, err := loop.Stats()
		ok(t, err)
		same(t, stats.TimersFired, 3)
		same(t, stats.TimerHandles, 0)
	})
}

func TestAPeriodicTimerFiresUntilItIsStoppedAndCanBeSetAgain(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		calls := 0
		timer, err := loop.Timer(0, time.Millisecond, func(timer *pollux.Timer) {
			if calls++; calls%3 == 0 {
				timer.Stop()
			}
		})
		ok(t, err)
		run(t, loop)
		same(t, calls, 3)
		ok(t, timer.Set(0, time.Microsecond))
		run(t, loop)
		same(t, calls, 6)
		ok(t, timer.Close())
	})
}

func TestAHandleWithoutAReferenceDoesNotKeepTheLoopRunning(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		timer, err := loop.After(time.Hour, func() { t.Error("an hour has gone") })
		ok(t, err)
		ok(t, timer.Unref())
		run(t, loop)
		ok(t, timer.Ref())
		active, err := loop.Run(pollux.RunNoWait)
		ok(t, err)
		same(t, active, true)
	})
}

func TestPostsOfAGoroutineRunInTheirOrder(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		const posters, each = 4, 500
		var seen [posters][]int
		left := posters * each
		keep, err := loop.Timer(time.Hour, 0, func(*pollux.Timer) {})
		ok(t, err)
		for i := 0; i < posters; i++ {
			go func(i int) {
				for j := 0; j < each; j++ {
					j := j
					loop.Post(func() {
						seen[i] = append(seen[i], j)
						if left--; left == 0 {
							keep.Close()
						}
					})
				}
			}(i)
		}
		run(t, loop)
		for _, one := range seen {
			same(t, len(one), each)
			for j := range one {
				same(t, one[j], j)
			}
		}
	})
}

func TestStopEndsARunFromAnyGoroutineAndAStopBeforeTheRunCounts(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		_, err := loop.After(time.Hour, func() { t.Error("an hour has gone") })
		ok(t, err)
		elsewhere(func() { loop.Stop() })
		for i := 0; i < 2; i++ {
			active, err := loop.Run(pollux.RunDefault)
			ok(t, err)
			same(t, active, true)
			go loop.Stop()
		}
		_, err = loop.Run(pollux.RunDefault)
		ok(t, err)
	})
}

func TestAContextEndsARun(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		timer, err := loop.After(time.Hour, func() { t.Error("an hour has gone") })
		ok(t, err)
		short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		gives(t, loop.RunContext(short), context.DeadlineExceeded)
		gives(t, loop.RunContext(short), context.DeadlineExceeded)
		ok(t, timer.Close())
		long, cancel := context.WithCancel(context.Background())
		ok(t, loop.RunContext(long))
		cancel()
		ok(t, loop.RunContext(context.Background()))
		ok(t, loop.Close())
		gives(t, loop.RunContext(context.Background()), pollux.ErrClosed)
	})
}

func TestALoopNestsInAPoller(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop, outer := newLoop(t, backend), newPoller(t, pollux.Auto)
		fd, err := loop.FD()
		if !backend.Capabilities().Has(pollux.CapNativeFD) {
			gives(t, err, syscall.ENOTSUP)
			return
		}
		ok(t, err)
		ok(t, outer.Add(fd, 1, pollux.Readable))
		called := false
		_, err = loop.Run(pollux.RunNoWait)
		ok(t, err)
		elsewhere(func() { loop.Post(func() { called = true }) })
		same(t, len(wait(t, outer, long)), 1)
		_, err = loop.Run(pollux.RunNoWait)
		ok(t, err)
		same(t, called, true)
	})
}

func TestTheNextDeadlineIsThatOfTheFirstTimer(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		deadline, err := loop.NextDeadline()
		ok(t, err)
		same(t, deadline, -1)
		now, err := loop.Now()
		ok(t, err)
		_, err = loop.After(time.Hour, func() {})
		ok(t, err)
		deadline, err = loop.NextDeadline()
		ok(t, err)
		same(t, deadline, now+time.Hour)
		later, err := loop.UpdateNow()
		ok(t, err)
		same(t, later >= now, true)
	})
}

func TestATraceShowsEachCallbackAndMustNotCallTheLoop(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		var kinds []pollux.Kind
		ok(t, loop.Trace(func(event pollux.TraceEvent) {
			kinds = append(kinds, event.Kind)
			_, err := loop.Now()
			gives(t, err, syscall.EBUSY)
			same(t, event.Duration >= 0, true)
		}))
		_, err := loop.After(0, func() {})
		ok(t, err)
		ok(t, loop.Post(func() {}))
		run(t, loop)
		same(t, reflect.DeepEqual(kinds, []pollux.Kind{pollux.KindTimer, pollux.KindPost}), true)
		same(t, kinds[0].String(), "timer")
		ok(t, loop.Trace(nil))
		ok(t, loop.Post(func() {}))
		run(t, loop)
		same(t, len(kinds), 2)
		stats, err := loop.Stats()
		ok(t, err)
		same(t, stats.Posts, 2)
	})
}
