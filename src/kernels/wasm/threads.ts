/** The other threads: each holds an instance of our kernels on the same memory and does chunks until it is told to end. */

export type ThreadTask = { module: WebAssembly.Module; memory: WebAssembly.Memory; control: number; scratch: number };

/** A thread of the platform (a worker of the browser or of Node). */
export type Thread = {
  /** Resolves when the thread is about to work; rejects where it cannot. */
  start(task: ThreadTask): Promise<void>;
  /** Ends it, whatever it does. */
  end(): void;
};

export type Threads = { count: number; lost: boolean; stop(): void };

export async function startThreads(
  shared: Omit<ThreadTask, 'scratch'>,
  count: number,
  scratch: () => number,
  spawn: () => Thread,
  close: () => void,
): Promise<Threads> {
  const threads = Array.from({ length: count }, spawn);
  try {
    await Promise.all(threads.map((thread) => thread.start({ ...shared, scratch: scratch() })));
  } catch (error) {
    for (const thread of threads) thread.end();
    throw error;
  }
  const group: Threads = {
    count,
    lost: false,
    stop() {
      if (group.lost) return;
      group.lost = true;
      close();
      for (const thread of threads) thread.end();
    },
  };
  return group;
}
