/** Random numbers from a seed (mulberry32), so that a failure can be reproduced. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Cuts a text at random places. */
export function* pieces(text: string, next: (below: number) => number): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const size = 1 + next(next(2) ? 6 : 60);
    yield text.slice(at, at + size);
    at += size;
  }
}
