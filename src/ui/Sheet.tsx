import { type ReactNode, useEffect, useRef } from 'react';
import { openSheet } from '../store/actions';
import { Icon } from './Icon';

/** A dialog of the browser's own: focus stays in, Escape closes, focus returns. */
export function Sheet({ title, children }: { title: string; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const back = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (back instanceof HTMLElement) back.focus();
    };
  }, []);
  return (
    <dialog ref={ref} aria-label={title} onClose={() => openSheet(null)}>
      <div className="h">
        <h2 className="lead">{title}</h2>
        <button className="ib" type="button" aria-label="Close" onClick={() => ref.current?.close()}>
          <Icon name="cross" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
