/** The other threads: each holds an instance of our kernels on the same memory and does chunks until it is told to end. */

export type ThreadTask = { module: WebAssembly.Module; memory: WebAssembly.Memory; control: number; scratch: number };

/** A thread of the platform (a worker of the browser or of Node). */
export type Thread = {
  /** Resolves when the thread is about to work; rejects where it cannot. `died` is told, where the platform notices, that it ended by itself. */
  start(task: ThreadTask, died: () => void): Promise<void>;
  /** Ends it, whatever it does; `died` is not told of that. */
  end(): void;
};

export type Threads = { count: number; stop(): void };

export async function startThreads(
  shared: Omit<ThreadTask, 'scratch'>,
  count: number,
  scratch: () => number,
  spawn: () => Thread,
  close: () => void,
  died: () => void,
): Promise<Threads> {
  const threads = Array.from({ length: count }, spawn);
  try {
    await Promise.all(threads.map((thread) => thread.start({ ...shared, scratch: scratch() }, died)));
  } catch (error) {
    for (const thread of threads) thread.end();
    throw error;
  }
  return {
    count,
    stop() {
      close();
      for (const thread of threads) thread.end();
    },
  };
}
