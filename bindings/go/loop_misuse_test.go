// SPDX-License-Identifier: MIT

package pollux_test

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollux"
)

type failure struct{ text string }

// panicOf runs the loop and gives what Run has panicked with.
func panicOf(loop *pollux.Loop) (value interface{}) {
	defer func() { value = recover() }()
	loop.Run(pollux.RunDefault)
	return "no panic"
}

func TestAPanicInACallbackIsOneOfRunAndTheLoopCanRunAgain(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		near, _ := pair(t)
		boom := &failure{"boom"}
		after := false
		later, err := loop.After(time.Hour, func() {})
		ok(t, err)
		try := func(what string) {
			t.Helper()
			if got := panicOf(loop); got != boom {
				t.Errorf("%s: %v", what, got)
			}
		}
		ok(t, loop.Post(func() { panic(boom) }))
		try("post")
		_, err = loop.After(0, func() { panic(boom) })
		ok(t, err)
		try("timer")
		io, err := loop.IO(near, pollux.Writable, func(io *pollux.IO, _ pollux.Events) {
			defer io.Close()
			panic(boom)
		})
		ok(t, err)
		try("I/O")
		gives(t, io.Close(), pollux.ErrClosed)
		signal, err := loop.Signal(syscall.SIGUSR1, func(*pollux.Signal) { panic(boom) })
		ok(t, err)
		ok(t, loop.Post(func() { syscall.Kill(os.Getpid(), syscall.SIGUSR1) }))
		try("signal")
		ok(t, signal.Close())
		_, err = loop.Work(func() {}, func(error) { panic(boom) })
		ok(t, err)
		try("done")
		_, err = loop.Work(func() { panic(boom) }, func(error) { t.Error("done is called") })
		ok(t, err)
		try("work")
		_, err = loop.Resolve("127.0.0.1", "", 0, func([]netip.AddrPort, error) { panic(boom) })
		ok(t, err)
		try("resolve")
		_, err = loop.ReadAt(-1, nil, 0, func(int, error) { panic(boom) })
		ok(t, err)
		try("file")
		ok(t, loop.Trace(func(pollux.TraceEvent) { panic(boom) }))
		ok(t, loop.Post(func() {}))
		try("trace")
		ok(t, loop.Trace(nil))
		ok(t, later.Close())
		ok(t, loop.Post(func() { after = true }))
		run(t, loop)
		same(t, after, true)
	})
}

func TestTheFirstOfSeveralPanicsIsRecovered(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		for i := 1; i <= 3; i++ {
			i := i
			ok(t, loop.Post(func() { panic(i) }))
		}
		same(t, panicOf(loop).(int), 1)
		run(t, loop)
	})
}

func TestAPanicOfCancelledWorkIsOneOfClose(t *testing.T) {
	loop := newLoopWith(t, pollux.LoopOptions{WorkThreads: 1})
	goOn := make(chan struct{})
	_, err := loop.Work(func() { <-goOn }, nil)
	ok(t, err)
	second, err := loop.Work(func() {}, func(error) { panic("cancelled") })
	ok(t, err)
	func() {
		defer func() { same(t, recover().(string), "cancelled") }()
		second.Close()
	}()
	close(goOn)
	run(t, loop)
}

func TestAGoexitInACallbackEndsTheProcessAndSaysWhy(t *testing.T) {
	if os.Getenv("POLLUX_TEST_CHILD") != "" {
		loop := newLoop(t, pollux.Auto)
		ok(t, loop.Post(func() { t.FailNow() }))
		loop.Run(pollux.RunDefault)
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), "POLLUX_TEST_CHILD=1")
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "a callback has called runtime.Goexit") {
		t.Errorf("%v\n%s", err, output)
	}
}

// every is each call on the loop and on what it has started that belongs to its goroutine.
func every(loop *pollux.Loop, io *pollux.IO, timer *pollux.Timer) map[string]func() error {
	return map[string]func() error{
		"Run":          func() error { _, err := loop.Run(pollux.RunNoWait); return err },
		"Close":        loop.Close,
		"Now":          func() error { _, err := loop.Now(); return err },
		"UpdateNow":    func() error { _, err := loop.UpdateNow(); return err },
		"NextDeadline": func() error { _, err := loop.NextDeadline(); return err },
		"FD":           func() error { _, err := loop.FD(); return err },
		"Stats":        func() error { _, err := loop.Stats(); return err },
		"Trace":        func() error { return loop.Trace(nil) },
		"After":        func() error { _, err := loop.After(0, func() {}); return err },
		"Work":         func() error { _, err := loop.Work(func() {}, nil); return err },
		"WriteAt":      func() error { _, err := loop.WriteAt(0, nil, 0, nil); return err },
		"ReadAt": func() error {
			_, err := loop.ReadAt(0, nil, 0, func(int, error) {})
			return err
		},
		"IO": func() error {
			_, err := loop.IO(0, pollux.Readable, func(*pollux.IO, pollux.Events) {})
			return err
		},
		"Signal": func() error {
			_, err := loop.Signal(syscall.SIGUSR1, func(*pollux.Signal) {})
			return err
		},
		"Child": func() error {
			_, err := loop.Child(1, func(*pollux.Child, syscall.WaitStatus) {})
			return err
		},
		"Resolve": func() error {
			_, err := loop.Resolve("localhost", "", 0, func([]netip.AddrPort, error) {})
			return err
		},
		"IO.Set":      func() error { return io.Set(pollux.Readable) },
		"IO.Close":    io.Close,
		"Timer.Set":   func() error { return timer.Set(0, 0) },
		"Timer.Stop":  timer.Stop,
		"Timer.Ref":   timer.Ref,
		"Timer.Unref": timer.Unref,
		"Timer.Close": timer.Close,
	}
}

func started(t *testing.T, loop *pollux.Loop) (*pollux.IO, *pollux.Timer) {
	t.Helper()
	near, _ := pair(t)
	io, err := loop.IO(near, pollux.Readable, func(*pollux.IO, pollux.Events) {})
	ok(t, err)
	timer, err := loop.After(time.Hour, func() { t.Error("an hour has gone") })
	ok(t, err)
	return io, timer
}

func TestWhileTheLoopRunsOtherGoroutinesMayOnlyPostAndStop(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		io, timer := started(t, loop)
		over := make(chan struct{})
		ok(t, loop.Post(func() {
			go func() { // while the loop waits
				defer close(over)
				for name, call := range every(loop, io, timer) {
					if err := call(); err != pollux.ErrWrongGoroutine {
						t.Errorf("%s: %v", name, err)
					}
				}
				gives(t, loop.Post(func() {}), nil)
				gives(t, loop.Stop(), nil)
			}()
			elsewhere(func() { // while a callback runs
				gives(t, timer.Set(0, 0), pollux.ErrWrongGoroutine)
			})
		}))
		_, err := loop.Run(pollux.RunDefault)
		ok(t, err)
		<-over
	})
}

func TestWorkMayOnlyPostAndStop(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		io, timer := started(t, loop)
		done := make(chan struct{})
		_, err := loop.Work(func() {
			defer close(done)
			for name, call := range every(loop, io, timer) {
				if err := call(); err != pollux.ErrWrongGoroutine {
					t.Errorf("%s: %v", name, err)
				}
			}
			gives(t, loop.Post(func() {}), nil)
		}, nil)
		ok(t, err)
		<-done // the loop does not run
	})
}

func TestUseAfterCloseOfALoopIsErrClosed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		io, timer := started(t, loop)
		ok(t, loop.Post(func() { t.Error("the loop is closed") }))
		ok(t, loop.Close())
		same(t, loop.Closed(), true)
		for name, call := range every(loop, io, timer) {
			if err := call(); err != pollux.ErrClosed {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, call := range every(&pollux.Loop{}, &pollux.IO{}, &pollux.Timer{}) {
			if err := call(); err != pollux.ErrClosed {
				t.Errorf("%s of nothing: %v", name, err)
			}
		}
		gives(t, loop.Post(func() {}), pollux.ErrClosed)
		gives(t, loop.Stop(), pollux.ErrClosed)
	})
}

func TestACallbackMayCloseTheLoopAndNoFurtherOneRuns(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		io, timer := started(t, loop)
		ok(t, loop.Post(func() {
			gives(t, loop.Close(), nil)
			for name, call := range every(loop, io, timer) {
				if err := call(); err != pollux.ErrClosed {
					t.Errorf("%s: %v", name, err)
				}
			}
		}))
		ok(t, loop.Post(func() { t.Error("the loop is closed") }))
		_, err := loop.Run(pollux.RunDefault)
		gives(t, err, pollux.ErrClosed)
	})
}

func TestARunWithinARunIsRefused(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop, other := newLoop(t, backend), newLoop(t, backend)
		called := false
		ok(t, other.Post(func() { called = true }))
		ok(t, loop.Post(func() {
			_, err := loop.Run(pollux.RunNoWait)
			gives(t, err, syscall.EBUSY)
			elsewhere(func() { gives(t, loop.Close(), pollux.ErrWrongGoroutine) })
			run(t, other)
		}))
		run(t, loop)
		same(t, called, true)
	})
}

func TestGoroutinesMaySetUpALoopTogetherAndPostWhileItIsClosed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		var group sync.WaitGroup
		for i := 0; i < 4; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for j := 0; j < 100; j++ {
					timer, err := loop.After(time.Hour, func() {})
					if err == pollux.ErrClosed {
						return
					} else if err != nil {
						t.Error(err)
					} else {
						timer.Close()
					}
				}
				for loop.Post(func() {}) == nil {
				}
			}()
		}
		time.Sleep(5 * time.Millisecond)
		ok(t, loop.Close())
		group.Wait()
	})
}

func TestWrongArgumentsAreRefusedAndStartNothing(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		loop := newLoop(t, backend)
		timer, err := loop.Timer(time.Hour, 0, func(*pollux.Timer) {})
		ok(t, err)
		io := func(*pollux.IO, pollux.Events) {}
		for name, call := range map[string]func() error{
			"a mode":   func() error { _, err := loop.Run(7); return err },
			"a post":   func() error { return loop.Post(nil) },
			"no I/O":   func() error { _, err := loop.IO(0, 0, nil); return err },
			"bits":     func() error { _, err := loop.IO(0, 1<<31, io); return err },
			"no timer": func() error { _, err := loop.Timer(0, 0, nil); return err },
			"no after": func() error { _, err := loop.After(0, nil); return err },
			"a delay":  func() error { _, err := loop.After(-1, func() {}); return err },
			"set":      func() error { return timer.Set(-1, 0) },
			"a period": func() error { return timer.Set(0, -1) },
			"SIGKILL":  func() error { _, err := loop.Signal(9, func(*pollux.Signal) {}); return err },
			"signal":   func() error { _, err := loop.Signal(-1, func(*pollux.Signal) {}); return err },
			"no work":  func() error { _, err := loop.Work(nil, nil); return err },
			"no read":  func() error { _, err := loop.ReadAt(0, nil, 0, nil); return err },
			"offset":   func() error { _, err := loop.WriteAt(0, nil, -1, nil); return err },
			"a name": func() error {
				_, err := loop.Resolve("a\x00b", "", 0, func([]netip.AddrPort, error) {})
				return err
			},
			"family": func() error {
				_, err := loop.Resolve("::1", "", 5, func([]netip.AddrPort, error) {})
				return err
			},
			"threads": func() error {
				_, err := pollux.NewLoop(pollux.LoopOptions{WorkThreads: 1025})
				return err
			},
		} {
			if err := call(); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("%s: %v", name, err)
			}
		}
		ok(t, timer.Close())
		run(t, loop)
	})
}
