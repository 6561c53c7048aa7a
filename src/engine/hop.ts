/** A turn for the message queue. Not a timer (clamped to 4 ms) nor an animation frame (stops in a hidden tab): without it `stop` would not be seen. */

const waiting: (() => void)[] = [];
let channel: MessageChannel | null = null;

/** Node has setImmediate, and needs it: it empties up to a thousand messages of a channel in one turn, timers and signals waiting. */
export function hop(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  const { port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(0);
  });
}

/** A clock that is true at most once every `milliseconds`. */
export function every(milliseconds: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < milliseconds) return false;
    last = now;
    return true;
  };
}
