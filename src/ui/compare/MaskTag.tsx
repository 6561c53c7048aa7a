/** Beside a Dice whose mask separates nothing: the sentence is what a pointer and a screen reader find. */
export function MaskTag({ problem }: { problem: string | null | undefined }) {
  if (!problem) return null;
  return (
    <span className="tag w" title={problem}>
      degenerate mask<span className="sr">: {problem}</span>
    </span>
  );
}
