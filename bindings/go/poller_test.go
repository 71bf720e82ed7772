// SPDX-License-Identifier: MIT

package pollux_test

import (
	"errors"
	"io"
	"math"
	"os"
	"syscall"
	"testing"
	"time"

	"pollux"
)

func TestBackendsAreKnownByTheirNames(t *testing.T) {
	if len(pollux.Backends()) == 0 {
		t.Fatal("there is none")
	}
	for _, backend := range append(pollux.Backends(), pollux.Auto) {
		again, err := pollux.BackendByName(backend.String())
		ok(t, err)
		same(t, again, backend)
	}
	for _, name := range []string{"", "iocp", "poll\x00"} {
		if _, err := pollux.BackendByName(name); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%q gives %v", name, err)
		}
	}
	same(t, pollux.Backend(77).String(), "Backend(77)")
}

func TestAPollerIsOverTheBackendThatWasNamed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		same(t, newPoller(t, backend).Backend(), backend)
	})
	same(t, newPoller(t, pollux.Auto).Backend(), pollux.Backends()[0])
}

func TestABackendThatLacksWhatIsRequiredIsRefused(t *testing.T) {
	options := pollux.PollerOptions{
		Backend: pollux.Poll, RequiredCapabilities: pollux.CapNativeFD | pollux.CapEdge,
	}
	_, err := pollux.NewPoller(options)
	gives(t, err, syscall.ENOTSUP)
	for _, backend := range pollux.Backends() {
		options.Backend = backend
		poller, err := pollux.NewPoller(options)
		if backend.Capabilities().Has(options.RequiredCapabilities) {
			ok(t, err)
			poller.Close()
		} else {
			gives(t, err, syscall.ENOTSUP)
		}
	}
}

func TestAnUnknownBackendInTheEnvironmentIsRefused(t *testing.T) {
	if inProcess(t, "POLLUX_BACKEND=iocp") {
		_, err := pollux.NewPoller(pollux.PollerOptions{})
		gives(t, err, syscall.EINVAL)
	}
}

func TestAnEventHasItsTokenAndDescriptorAndWhatIsReady(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, far := pair(t)
		const token = 1<<64 - 2
		ok(t, poller.Add(near, token, pollux.Readable))
		same(t, poller.Count(), 1)
		same(t, len(wait(t, poller, 0)), 0)
		write(t, far, "x")
		for i := 0; i < 2; i++ { // level: as long as it is so
			events := wait(t, poller, long)
			same(t, len(events), 1)
			same(t, events[0], pollux.Event{Token: token, FD: int32(near), Events: pollux.Readable})
		}
	})
}

func TestModifyGivesAnotherTokenAndInterest(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, far := pair(t)
		ok(t, poller.Add(near, 1, pollux.Readable))
		ok(t, poller.Modify(near, 2, pollux.Writable))
		write(t, far, "x")
		events := wait(t, poller, long)
		same(t, len(events), 1)
		same(t, events[0].Token, 2)
		same(t, events[0].Events, pollux.Writable)
	})
}

func TestAOneShotEventComesOnceUntilModify(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, _ := pair(t)
		ok(t, poller.Add(near, 1, pollux.Writable|pollux.OneShot))
		same(t, len(wait(t, poller, long)), 1)
		same(t, len(wait(t, poller, 0)), 0)
		ok(t, poller.Modify(near, 1, pollux.Writable|pollux.OneShot))
		same(t, len(wait(t, poller, long)), 1)
	})
}

func TestAnEdgeIsReportedOnceWhereTheBackendCan(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, far := pair(t)
		err := poller.Add(near, 1, pollux.Readable|pollux.Edge)
		if !backend.Capabilities().Has(pollux.CapEdge) {
			gives(t, err, syscall.ENOTSUP)
			return
		}
		ok(t, err)
		write(t, far, "x")
		same(t, len(wait(t, poller, long)), 1)
		same(t, len(wait(t, poller, 0)), 0)
	})
}

func TestTheEndOfThePeerIsReported(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, far := pair(t)
		ok(t, poller.Add(near, 1, pollux.Readable))
		ok(t, syscall.Shutdown(far, syscall.SHUT_RDWR))
		events := wait(t, poller, long)
		same(t, len(events), 1)
		same(t, events[0].Events.Has(pollux.Readable|pollux.Hangup), true)
		same(t, events[0].Events&^(pollux.Readable|pollux.Hangup|pollux.ReadClosed), 0)
	})
}

func TestNothingIsReportedAfterRemove(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, _ := pair(t)
		ok(t, poller.Add(near, 1, pollux.Writable))
		ok(t, poller.Remove(near))
		same(t, poller.Count(), 0)
		same(t, len(wait(t, poller, 0)), 0)
	})
}

func TestAWaitNeverEndsEarly(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		for _, timeout := range []time.Duration{time.Nanosecond, 3 * time.Millisecond} {
			begin := time.Now()
			same(t, len(wait(t, poller, timeout)), 0)
			if lasted := time.Since(begin); lasted < timeout {
				t.Errorf("%v instead of %v", lasted, timeout)
			}
		}
	})
}

func TestAPollerNestsInAnother(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		inner, outer := newPoller(t, backend), newPoller(t, pollux.Auto)
		near, _ := pair(t)
		ok(t, inner.Add(near, 1, pollux.Writable))
		fd, err := inner.FD()
		if !backend.Capabilities().Has(pollux.CapNativeFD) {
			gives(t, err, syscall.ENOTSUP)
			return
		}
		ok(t, err)
		ok(t, outer.Add(fd, 7, pollux.Readable))
		same(t, len(wait(t, outer, long)), 1)
		same(t, len(wait(t, inner, 0)), 1)
	})
}

func TestEachWrongCallGivesItsError(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, far := pair(t)
		ok(t, poller.Add(far, 1, pollux.Readable))
		regular, err := os.Create(t.TempDir() + "/regular")
		ok(t, err)
		defer regular.Close()
		closed, err := syscall.Dup(near)
		ok(t, err)
		syscall.Close(closed)
		add := func(fd int, interest pollux.Events) error { return poller.Add(fd, 1, interest) }
		for _, one := range []struct {
			what   string
			got    error
			wanted syscall.Errno
		}{
			{"a closed descriptor", add(closed, pollux.Readable), syscall.EBADF},
			{"a negative one", add(-1, pollux.Readable), syscall.EBADF},
			{"one that C would cut off", add(near|math.MinInt, pollux.Readable), syscall.EBADF},
			{"one that is registered", add(far, pollux.Readable), syscall.EEXIST},
			{"a regular file", add(int(regular.Fd()), pollux.Readable), syscall.EPERM},
			{"unknown bits", add(near, 1<<31), syscall.EINVAL},
			{"what contradicts", add(near, pollux.OneShot|pollux.Exclusive), syscall.EINVAL},
			{"modify of a stranger", poller.Modify(near, 1, pollux.Readable), syscall.ENOENT},
			{"remove of a stranger", poller.Remove(near), syscall.ENOENT},
			{"remove of a negative one", poller.Remove(-1), syscall.EBADF},
		} {
			var plain pollux.Error
			if !errors.Is(one.got, one.wanted) || !errors.As(one.got, &plain) {
				t.Errorf("%s gives %v", one.what, one.got)
			}
		}
		same(t, poller.Count(), 1)
		_, err = poller.Wait(nil, 0)
		gives(t, err, syscall.EINVAL)
	})
}

func TestAWaitAllocatesNothing(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		near, _ := pair(t)
		ok(t, poller.Add(near, 1, pollux.Writable))
		events := make([]pollux.Event, 8)
		same(t, testing.AllocsPerRun(100, func() { poller.Wait(events, time.Second) }), 0)
	})
}

func TestAPollerWatchesWhatGoHasOpened(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		reader, writer, err := os.Pipe()
		ok(t, err)
		defer reader.Close()
		poller := newPoller(t, backend)
		ok(t, poller.Add(int(reader.Fd()), 1, pollux.Readable))
		_, err = io.WriteString(writer, "x")
		ok(t, err)
		writer.Close()
		same(t, len(wait(t, poller, long)), 1)
		ok(t, poller.Remove(int(reader.Fd())))
	})
}
