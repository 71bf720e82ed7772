// SPDX-License-Identifier: MIT

package pollux_test

import (
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"pollux"
)

// What needs more of the system than Go has everywhere.

func TestASignalDoesNotEndAWait(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	defer signal.Stop(signals)
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		poller := newPoller(t, backend)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		over := make(chan struct{})
		var sending sync.WaitGroup
		sending.Add(1)
		go func(thread int) {
			defer sending.Done()
			for {
				select {
				case <-over:
					return
				default:
					syscall.Syscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(thread),
						uintptr(syscall.SIGUSR1))
					time.Sleep(100 * time.Microsecond)
				}
			}
		}(syscall.Gettid())
		begin := time.Now()
		same(t, len(wait(t, poller, 30*time.Millisecond)), 0)
		if lasted := time.Since(begin); lasted < 30*time.Millisecond {
			t.Errorf("ended after %v", lasted)
		}
		close(over)
		sending.Wait()
	})
}

func TestTheMemoryOfAFileOperationIsGivenBack(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		ok(t, err)
		defer nowhere.Close()
		loop := newLoop(t, backend)
		data := make([]byte, 8<<20)
		before := peak(t)
		for i := 0; i < 50; i++ {
			_, err := loop.WriteAt(int(nowhere.Fd()), data, 0, nil)
			ok(t, err)
			run(t, loop)
		}
		if grown := peak(t) - before; grown > 200<<10 {
			t.Errorf("it has grown by %d KiB", grown)
		}
	})
}

// peak is the most memory this process has had, in KiB.
func peak(t *testing.T) int64 {
	t.Helper()
	var usage syscall.Rusage
	ok(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return int64(usage.Maxrss)
}
