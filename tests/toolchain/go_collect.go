package runtime

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The component model forbids a guest to call imports while the host allocates memory in it. Go does so: its
// heap reads the monotonic clock when it grows, and its collector reads both clocks and polls. With this file, the
// adapter returns the last time that it read while memory is allocated, and garbage is collected only before an
// import is called.

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// There is no collection below this size of the heap.
const floor = 8 << 20

var (
	heap  = []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	limit = uint64(floor)
)

func init() {
	debug.SetGCPercent(-1)
}

// collect works like GOGC=100: it waits until the heap has doubled.
func collect() {
	metrics.Read(heap)
	if heap[0].Value.Uint64() < limit {
		return
	}
	// Ordinary slices and strings hold the host's results by now.
	pinner.Unpin()
	runtime.GC()
	metrics.Read(heap)
	limit = max(floor, 2*heap[0].Value.Uint64())
}
