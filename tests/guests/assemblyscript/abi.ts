// The canonical ABI of `wayfarer:journey@0.2.0` by hand, as far as the smoke journey needs it.
//
// The component declares its strings as UTF-16, so AssemblyScript's strings cross the border as they are: a pointer and
// a number of code units. Offsets and sizes follow from the WIT: members in order, each aligned to its own size.

@external("wayfarer:journey/failures@0.2.0", "panicked") declare function failures_panicked(failure: usize): void;
@external("wayfarer:journey/params@0.2.0", "get") declare function params_get(name: string, length: i32, to: usize): void;
@external("wayfarer:journey/steps@0.2.0", "open")
declare function steps_open(name: string, length: i32, inside: i32, parent: i32): i32;
@external("wayfarer:journey/steps@0.2.0", "close") declare function steps_close(args: usize): void;
@external("wayfarer:journey/checks@0.2.0", "hard") declare function checks_hard(
  name: string, length: i32, isPassed: bool, hasActual: bool, actual: string, actualLength: i32, hasExpected: bool,
  expected: string, expectedLength: i32, hasSource: bool, file: usize, fileLength: i32, line: i32, column: i32): void;
@external("wayfarer:journey/checks@0.2.0", "soft") declare function checks_soft(
  name: string, length: i32, isPassed: bool, hasActual: bool, actual: string, actualLength: i32, hasExpected: bool,
  expected: string, expectedLength: i32, hasSource: bool, file: usize, fileLength: i32, line: i32, column: i32): void;
@external("wayfarer:journey/metrics@0.2.0", "observe") declare function metrics_observe(
  name: string, length: i32, value: f64, unit: string, unitLength: i32, labels: usize, labelCount: i32): void;
@external("wayfarer:journey/http@0.2.0", "fetch") declare function http_fetch(
  method: string, methodLength: i32, url: string, urlLength: i32, headers: usize, headerCount: i32,
  body: usize, bodySize: i32, to: usize): void;
@external("wayfarer:journey/http@0.2.0", "body")
declare function http_body(response: u32, offset: u32, length: u32, to: usize): void;

/** The cases of `failure-kind` and of `parameter-kind` that this journey uses. */
export enum FailureKind { Check = 0, Panic = 1, Error = 2 }
export enum ParameterKind { Text = 0, Url = 4 }

export class Failure {
  file: string = "";
  line: u32 = 0;
  column: u32 = 0;
  constructor(public kind: FailureKind, public message: string, public check: Check | null = null) {}
}
export class Check { constructor(public name: string, public isPassed: bool, public actual: string, public expected: string) {} }
export class Response { id: u32 = 0; status: u16 = 0; bodySize: u32 = 0; failure: string = ""; }
export class Parameter { constructor(public name: string, public title: string, public kind: ParameterKind) {} }
export class Descriptor {
  name: string = ""; title: string = ""; timeoutMs: u32 = 0;
  tags: string[] = []; steps: string[] = []; hosts: string[] = []; parameters: Parameter[] = [];
}

// The collector does not see pointers in the memory below, so what they point to is kept. An instance lives for one call.
const kept: string[] = [];

function zeroed(size: i32): usize {
  const at = heap.alloc(size);
  memory.fill(at, 0, size); // Every option is none, every list is empty, every other text is empty.
  return at;
}
function putText(at: usize, text: string): void {
  kept.push(text);
  store<usize>(at, changetype<usize>(text));
  store<i32>(at, text.length, 4);
}
function putSome(at: usize, text: string): void {
  store<u8>(at, 1);
  putText(at + 4, text);
}
function putTexts(at: usize, texts: string[]): void {
  const list = zeroed(8 * texts.length);
  for (let i = 0; i < texts.length; i++) putText(list + 8 * i, texts[i]);
  store<usize>(at, list);
  store<i32>(at, texts.length, 4);
}
function takeText(at: usize): string {
  return String.UTF16.decodeUnsafe(load<usize>(at), load<i32>(at, 4) << 1);
}

/** Writes a `failure`, which has 84 bytes. */
export function putFailure(at: usize, failure: Failure): void {
  putText(at, failure.message);
  store<u8>(at, failure.kind, 8);
  if (failure.line > 0) {
    putSome(at + 32, failure.file);
    store<u32>(at, failure.line, 44);
    store<u32>(at, failure.column, 48);
  }
  const check = failure.check;
  if (check != null) {
    putSome(at + 52, check.actual);
    putSome(at + 64, check.expected);
  }
}
/** A `result` with nothing in it, or with this failure. */
export function result(failure: Failure | null): usize {
  const at = zeroed(88);
  if (failure != null) {
    store<u8>(at, 1);
    putFailure(at + 4, failure);
  }
  return at;
}
/** A list of descriptors of 128 bytes, with parameters of 44. */
export function descriptors(list: Descriptor[]): usize {
  const to = zeroed(8), first = zeroed(128 * list.length);
  store<usize>(to, first);
  store<i32>(to, list.length, 4);
  for (let i = 0; i < list.length; i++) {
    const at = first + 128 * i, one = list[i], parameters = zeroed(44 * one.parameters.length);
    putText(at, one.name);
    putText(at + 8, one.title);
    store<u8>(at, 1, 56);
    store<u32>(at, one.timeoutMs, 60);
    putTexts(at + 72, one.tags);
    putTexts(at + 80, one.steps);
    store<usize>(at, parameters, 88);
    store<i32>(at, one.parameters.length, 92);
    putTexts(at + 104, one.hosts);
    for (let j = 0; j < one.parameters.length; j++) {
      putText(parameters + 44 * j, one.parameters[j].name);
      putText(parameters + 44 * j + 8, one.parameters[j].title);
      store<u8>(parameters + 44 * j, one.parameters[j].kind, 16);
      store<bool>(parameters + 44 * j, true, 28);
    }
  }
  return to;
}

export function panicked(failure: Failure): void {
  const at = zeroed(84);
  putFailure(at, failure);
  failures_panicked(at);
}
export function parameter(name: string): string | null {
  const to = zeroed(12);
  params_get(name, name.length, to);
  return load<u8>(to) ? takeText(to + 4) : null;
}
export function open(name: string): u32 { return steps_open(name, name.length, 0, 0); }
export function close(step: u32, failure: Failure | null): void {
  const at = zeroed(92);
  store<u32>(at, step);
  if (failure != null) {
    store<u8>(at, 1, 4);
    putFailure(at + 8, failure);
  }
  steps_close(at);
}
export function hard(it: Check): void {
  checks_hard(it.name, it.name.length, it.isPassed, true, it.actual, it.actual.length,
    true, it.expected, it.expected.length, false, 0, 0, 0, 0);
}
export function soft(it: Check): void {
  checks_soft(it.name, it.name.length, it.isPassed, true, it.actual, it.actual.length,
    true, it.expected, it.expected.length, false, 0, 0, 0, 0);
}
export function observe(name: string, value: f64, unit: string): void {
  metrics_observe(name, name.length, value, unit, unit.length, 0, 0);
}
export function get(url: string): Response {
  const to = zeroed(24), response = new Response();
  http_fetch("GET", 3, url, url.length, 0, 0, 0, 0, to);
  if (load<u8>(to)) {
    const kind = load<u8>(to, 4); // 4 is `timeout` and 7 is `cancelled`; the others have a text.
    response.failure = kind == 4 ? "timeout" : kind == 7 ? "cancelled" : takeText(to + 8);
  } else {
    response.id = load<u32>(to, 4);
    response.status = load<u16>(to, 8);
    response.bodySize = load<u32>(to, 12);
  }
  return response;
}
/** Asks for the whole body and returns its size. */
export function bodySize(response: u32): u32 {
  const to = zeroed(8);
  http_body(response, 0, u32.MAX_VALUE, to);
  heap.free(load<usize>(to));
  return load<u32>(to, 4);
}
