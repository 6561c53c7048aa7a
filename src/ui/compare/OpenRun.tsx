import { useRef } from 'react';
import { openCapsule } from '../../store/runs';

/** Opens a capsule from a file. */
export function OpenRun({ small = false }: { small?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button className={small ? 'btn s' : 'btn'} type="button" onClick={() => input.current?.click()}>
        Open a run
      </button>
      <input
        ref={input}
        type="file"
        accept=".zip"
        hidden
        aria-label="Capsule to open"
        data-testid="pick-capsule"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) openCapsule(file);
          target.value = '';
        }}
      />
    </>
  );
}
