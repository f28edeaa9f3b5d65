package runtime

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The component model forbids a guest to call imports while the host asks it for memory. Go does so all
// the same: its heap reads the monotonic clock when it grows, and its collector reads both clocks and
// polls. So the adapter answers with the time it read last while memory is handed out, and garbage is
// collected before an import is called instead of whenever memory is asked for.

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(paused bool)

// Below this size of the heap nothing is collected.
const floor = 8 << 20

var (
	heap  = []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	limit = uint64(floor)
)

func init() {
	debug.SetGCPercent(-1)
}

// collect does what GOGC=100 does: it waits until the heap has doubled.
func collect() {
	metrics.Read(heap)
	if heap[0].Value.Uint64() < limit {
		return
	}
	// What the host returned is held by ordinary slices and strings by now.
	pinner.Unpin()
	runtime.GC()
	metrics.Read(heap)
	limit = max(floor, 2*heap[0].Value.Uint64())
}
