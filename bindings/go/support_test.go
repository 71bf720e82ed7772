// SPDX-License-Identifier: MIT

package pollux_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollux"
)

// long is how long a wait may take that is going to end sooner.
const long = time.Minute

func onEachBackend(t *testing.T, test func(t *testing.T, backend pollux.Backend)) {
	for _, backend := range pollux.Backends() {
		backend := backend
		t.Run(backend.String(), func(t *testing.T) { test(t, backend) })
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%v, and not %v", got, wanted)
	}
}

func newPoller(t *testing.T, backend pollux.Backend) *pollux.Poller {
	t.Helper()
	poller, err := pollux.NewPoller(pollux.PollerOptions{Backend: backend})
	ok(t, err)
	t.Cleanup(func() { poller.Close() })
	return poller
}

func newLoop(t *testing.T, backend pollux.Backend) *pollux.Loop {
	t.Helper()
	return newLoopWith(t, pollux.LoopOptions{Backend: backend})
}

func newLoopWith(t *testing.T, options pollux.LoopOptions) *pollux.Loop {
	t.Helper()
	loop, err := pollux.NewLoop(options)
	ok(t, err)
	t.Cleanup(func() { loop.Close() })
	return loop
}

// gives tells whether an error is the one that is wanted, or none as wanted.
func gives(t *testing.T, got, wanted error) {
	t.Helper()
	if !errors.Is(got, wanted) {
		t.Errorf("%v, and not %v", got, wanted)
	}
}

// run runs until nothing is left.
func run(t *testing.T, loop *pollux.Loop) {
	t.Helper()
	active, err := loop.Run(pollux.RunDefault)
	ok(t, err)
	same(t, active, false)
}

// pair gives two sockets that are connected and do not block.
func pair(t *testing.T) (near, far int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	ok(t, err)
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
		ok(t, syscall.SetNonblock(fd, true))
	}
	t.Cleanup(func() {
		syscall.Close(fds[0])
		syscall.Close(fds[1])
	})
	return fds[0], fds[1]
}

func write(t *testing.T, fd int, text string) {
	t.Helper()
	count, err := syscall.Write(fd, []byte(text))
	ok(t, err)
	same(t, count, len(text))
}

func wait(t *testing.T, poller *pollux.Poller, timeout time.Duration) []pollux.Event {
	t.Helper()
	events := make([]pollux.Event, 16)
	count, err := poller.Wait(events, timeout)
	ok(t, err)
	return events[:count]
}

// elsewhere calls in another goroutine, and waits for it.
func elsewhere(call func()) {
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		call()
	}()
	group.Wait()
}

// inProcess runs the test once more in a process of its own, with only what is told; true there.
func inProcess(t *testing.T, environment ...string) bool {
	t.Helper()
	if os.Getenv("POLLUX_TEST_CHILD") != "" {
		return true
	}
	command := exec.Command(os.Args[0], "-test.run=^"+strings.Split(t.Name(), "/")[0]+"$")
	command.Env = append(append(os.Environ(), "POLLUX_TEST_CHILD=1"), environment...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return false
}
