/** Which slices lie on each other. */

/** Runs of neighbouring slices: of one volume, in order of `index`, without a gap. Every slice is in one of them. */
export function stacksOf(slices: readonly { volume: string; index: number }[]): number[][] {
  const byVolume = new Map<string, number[]>();
  slices.forEach(({ volume }, i) => {
    const members = byVolume.get(volume);
    if (members) members.push(i);
    else byVolume.set(volume, [i]);
  });
  return [...byVolume.values()].flatMap((members) => {
    const stacks: number[][] = [];
    let last = Number.NaN;
    for (const i of members.sort((a, b) => slices[a].index - slices[b].index)) {
      if (slices[i].index === last + 1) stacks.at(-1)!.push(i);
      else stacks.push([i]);
      last = slices[i].index;
    }
    return stacks;
  });
}
