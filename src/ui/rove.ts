import type { KeyboardEvent } from 'react';

/** Arrow keys in a radio group: to the next radio that is not disabled, and choose it. */
export function rove(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const target = event.target as HTMLElement;
  if (target.role !== 'radio') return; // a field between the radios
  if (event.key === ' ' || event.key === 'Enter') {
    event.preventDefault();
    target.click();
    return;
  }
  if (!step) return;
  event.preventDefault();
  const radios = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=radio]:not([aria-disabled=true])')];
  const next = radios[(radios.indexOf(target) + step + radios.length) % radios.length];
  next?.focus();
  next?.click();
}
