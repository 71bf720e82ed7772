// SPDX-License-Identifier: MIT

package pollux_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"pollux"
)

// garbage counts what it has given out and is not garbage yet.
type garbage struct{ left int64 }

func (g *garbage) new() *[64]byte {
	atomic.AddInt64(&g.left, 1)
	one := new([64]byte)
	runtime.SetFinalizer(one, func(*[64]byte) { atomic.AddInt64(&g.left, -1) })
	return one
}

func (g *garbage) isAllCollected() bool {
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
		if atomic.LoadInt64(&g.left) == 0 {
			return true
		}
	}
	return false
}

func TestNothingIsKeptOfWhatHasEndedOrWasClosed(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		var kept garbage
		loop := newLoop(t, backend)
		near, _ := pair(t)
		for i := 0; i < 10; i++ {
			one := kept.new()
			use := func() { one[0]++ }
			_, err := loop.After(0, use)
			ok(t, err)
			timer, err := loop.Timer(time.Hour, 0, func(*pollux.Timer) { use() })
			ok(t, err)
			ok(t, timer.Close())
			io, err := loop.IO(near, pollux.Readable, func(*pollux.IO, pollux.Events) { use() })
			ok(t, err)
			ok(t, io.Close())
			_, err = loop.IO(-1, pollux.Readable, func(*pollux.IO, pollux.Events) { use() })
			same(t, err != nil, true)
			_, err = loop.Work(func() {}, func(error) { use() })
			ok(t, err)
			_, err = loop.ReadAt(-1, nil, 0, func(int, error) { use() })
			ok(t, err)
			ok(t, loop.Post(use))
		}
		run(t, loop)
		same(t, kept.isAllCollected(), true)
		runtime.KeepAlive(loop)
	})
}

func TestNothingIsKeptOfAClosedLoop(t *testing.T) {
	onEachBackend(t, func(t *testing.T, backend pollux.Backend) {
		var kept garbage
		var loops []*pollux.Loop
		for i := 0; i < 10; i++ {
			one := kept.new()
			loop, err := pollux.NewLoop(pollux.LoopOptions{Backend: backend})
			ok(t, err)
			use := func() { one[0]++; loop.Stop() }
			_, err = loop.After(time.Hour, use)
			ok(t, err)
			ok(t, loop.Post(use))
			ok(t, loop.Trace(func(pollux.TraceEvent) { use() }))
			ok(t, loop.Close())
			loops = append(loops, loop)
		}
		same(t, kept.isAllCollected(), true)
		kept.left = int64(len(loops))
		for _, loop := range loops {
			runtime.SetFinalizer(loop, func(*pollux.Loop) { atomic.AddInt64(&kept.left, -1) })
		}
		loops = nil
		same(t, kept.isAllCollected(), true)
	})
}
