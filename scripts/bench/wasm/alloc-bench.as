// The WebAssembly runner: the same op stream through the TLSF heap of AssemblyScript's run-time library.
//
//   asc alloc-bench.ts -O3 --noAssert --runtime minimal      (copied to a .ts file: asc knows no other ending)
//
// The stream is as in streams.ts: shape, slots, laps, bytes, body. The loops are in here, so that no call crosses from
// JavaScript; assertions are off, as they would be in a product.

const HEADER: usize = 16; // bytes
let stream: usize = 0;
let end: usize = 0;
let slots: usize = 0;

/** Room for the words of a stream, for the caller to fill. */
export function reserve(words: i32): usize {
  stream = heap.alloc(<usize>words << 2);
  end = stream + (<usize>words << 2);
  return stream;
}

/** Runs the stream once. */
export function run(): void {
  const shape = load<i32>(stream);
  const count = load<i32>(stream, 4);
  const laps = load<i32>(stream, 8);
  const bytes = load<i32>(stream, 12);
  if (!slots) slots = heap.alloc(<usize>count << 2);
  if (shape == 0) return pairs(bytes, laps);
  for (let lap = 0; lap < laps; lap++) {
    if (shape == 1) batch(bytes, count);
    if (shape == 2) replacement(count);
    if (shape == 3) ops();
  }
}

// @ts-ignore: decorator
@inline
function make(place: usize, slot: i32, bytes: i32): void {
  const object = heap.alloc(bytes);
  store<i32>(object, slot);
  store<usize>(place, object);
}

function pairs(bytes: i32, laps: i32): void {
  for (let lap = 0; lap < laps; lap++) {
    const object = heap.alloc(bytes);
    store<i32>(object, 0);
    heap.free(object);
  }
}

function batch(bytes: i32, count: i32): void {
  for (let slot = 0; slot < count; slot++) make(slots + (<usize>slot << 2), slot, bytes);
  empty(count);
}

function replacement(count: i32): void {
  let at = stream + HEADER;
  for (let slot = 0; slot < count; slot++) {
    make(slots + (<usize>slot << 2), slot, load<i32>(at));
    at += 4;
  }
  for (; at < end; at += 8) {
    const slot = load<i32>(at);
    const place = slots + (<usize>slot << 2);
    heap.free(load<usize>(place));
    make(place, slot, load<i32>(at, 4));
  }
  empty(count);
}

function empty(count: i32): void {
  for (let slot = 0; slot < count; slot++) heap.free(load<usize>(slots + (<usize>slot << 2)));
}

function ops(): void {
  let next = 0;
  for (let at = stream + HEADER; at < end; at += 4) {
    const op = load<i32>(at);
    if (op > 0) {
      make(slots + (<usize>next << 2), next, op);
      next++;
    } else {
      heap.free(load<usize>(slots + (<usize>(next + op) << 2)));
    }
  }
}
