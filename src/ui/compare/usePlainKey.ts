import { useEffect } from 'react';

const TYPING = 'input:not([type=range]):not([type=checkbox]), select, textarea';

/** Calls `act` when a letter is pressed alone, outside text fields. */
export function usePlainKey(letter: string, act: () => void): void {
  useEffect(() => {
    const down = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (key.toLowerCase() !== letter || ctrlKey || metaKey || altKey) return;
      if (!(target instanceof HTMLElement && target.matches(TYPING))) act();
    };
    window.addEventListener('keydown', down);
    return () => window.removeEventListener('keydown', down);
  });
}
