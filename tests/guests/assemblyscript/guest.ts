// The exports of the component, and what the compiler and the host call: `abort` and `cabi_realloc`. `exports.mjs` gives
// the exports their names of the canonical ABI.

import { Failure, FailureKind, descriptors, panicked, result } from "./abi";
import { describe, run } from "./smoke";

export function guest_describe(): usize { return descriptors(describe()); }

export function guest_run(journey: usize, length: i32): usize {
  return result(run(String.UTF16.decodeUnsafe(journey, length << 1)));
}

export function guest_clean(
  id: usize, idLength: i32, kind: usize, kindLength: i32, payload: usize, payloadLength: i32, attempt: u32,
  journey: usize, journeyLength: i32, runId: usize, runIdLength: i32, slotMs: f64, armedAtMs: f64,
  extensions: usize, extensionCount: i32): usize {
  return result(new Failure(FailureKind.Error, "this component arms no cleanups"));
}

// The host asks for memory here, before it writes a text or a list.
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return old ? heap.realloc(old, size) : heap.alloc(size);
}

// `--use abort=guest/abort` puts this in the place of the import `env.abort`, which no component can have.
function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const failure = new Failure(FailureKind.Panic, message ? message : "aborted");
  failure.file = file ? file : "";
  failure.line = line;
  failure.column = column;
  panicked(failure);
  unreachable();
}
