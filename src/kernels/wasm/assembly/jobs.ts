/**
 * Jobs on shared memory. A job is an operation cut into chunks; every thread claims the next chunk until none is left. How a job is cut
 * depends on its shape alone and a chunk's result on nothing but the chunk, so that any number of threads gives the same bits.
 *
 * The control block (bytes from `control`), one cache line for what threads contend on:
 *   0   ticket, i64: number of the job << 32 | next chunk
 *   64  chunks finished, i32
 *   128 number of the job, i32: what idle threads wait on
 *   132 threads asleep, i32
 *   136 closed, i32
 *   192 operation, i32
 *   196 chunks in all, i32
 *   256 arguments, i32 × 64
 */
import { perform } from './perform';

const TICKET: usize = 0;
const FINISHED: usize = 64;
const JOB: usize = 128;
const ASLEEP: usize = 132;
const CLOSED: usize = 136;
const OPERATION: usize = 192;
const TOTAL: usize = 196;
const ARGUMENTS: usize = 256;

/** About 0.2 ms of looking before a thread goes to sleep: as long as the gap between two kernels, no longer. */
const LOOKS = 80_000;
/** A job's chunks take milliseconds; this long without one more finished means that the thread holding it is gone. */
const PATIENCE: i64 = 1_000_000_000;
const PATIENCE_TIMES = 5;

/** Does one job alone. */
export function runAlone(control: usize, scratch: usize, operation: i32, total: i32): void {
  for (let chunk = 0; chunk < total; chunk++) perform(operation, chunk, control + ARGUMENTS, scratch);
}

/** Does one job together with the threads in `work`. Returns 0, or 1 where a thread stopped answering. */
export function run(control: usize, scratch: usize, operation: i32, total: i32): i32 {
  const job = load<i32>(control, JOB) + 1;
  // No chunk can be claimed while operation and arguments change.
  atomic.store<i64>(control, ((<i64>job) << 32) | 0xffffffff, TICKET);
  atomic.store<i32>(control, operation, OPERATION);
  atomic.store<i32>(control, total, TOTAL);
  atomic.store<i32>(control, 0, FINISHED);
  atomic.store<i64>(control, (<i64>job) << 32, TICKET);
  atomic.store<i32>(control, job, JOB);
  if (atomic.load<i32>(control, ASLEEP) > 0) atomic.notify(control + JOB, -1);
  help(control, scratch, job);
  for (let looks = 0; looks < LOOKS; looks++) if (atomic.load<i32>(control, FINISHED) == total) return 0;
  for (let times = 0; times < PATIENCE_TIMES; times++) {
    const finished = atomic.load<i32>(control, FINISHED);
    if (finished == total) return 0;
    if (atomic.wait<i32>(control + FINISHED, finished, PATIENCE) != 2) times = -1;
  }
  return 1;
}

/** What every other thread runs, until `close`. */
export function work(control: usize, scratch: usize): void {
  let seen = 0;
  while (true) {
    let job = atomic.load<i32>(control, JOB);
    for (let looks = 0; job == seen; job = atomic.load<i32>(control, JOB)) {
      if (++looks < LOOKS) continue;
      atomic.add<i32>(control, 1, ASLEEP);
      atomic.wait<i32>(control + JOB, seen, -1);
      atomic.sub<i32>(control, 1, ASLEEP);
      looks = 0;
    }
    seen = job;
    if (atomic.load<i32>(control, CLOSED)) return;
    help(control, scratch, job);
  }
}

/** Lets every thread in `work` return. */
export function close(control: usize): void {
  atomic.store<i32>(control, 1, CLOSED);
  atomic.add<i32>(control, 1, JOB);
  atomic.notify(control + JOB, -1);
}

function help(control: usize, scratch: usize, job: i32): void {
  while (true) {
    const ticket = atomic.load<i64>(control, TICKET);
    const chunk = <i32>ticket;
    const total = atomic.load<i32>(control, TOTAL);
    if (<i32>(ticket >> 32) != job || <u32>chunk >= <u32>total) return;
    if (atomic.cmpxchg<i64>(control, ticket, ticket + 1, TICKET) != ticket) continue;
    perform(atomic.load<i32>(control, OPERATION), chunk, control + ARGUMENTS, scratch);
    if (atomic.add<i32>(control, 1, FINISHED) + 1 == total) atomic.notify(control + FINISHED, 1);
  }
}
