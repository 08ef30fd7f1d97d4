/**
 * One scheduler for all views of the page, so that eight answers cost one layout and not eight.
 * What comes after a pause is shown at once, what follows within a frame waits for the next.
 */

const FRAME_MS = 15;

/** A hidden page or frame gets no animation frames; the work is done all the same, more slowly. */
const HIDDEN_MS = 500;

const jobs = new Map<() => void, AbortSignal>();
let frame = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = -FRAME_MS;
let soon = false;

/** Runs `job` by the next frame, once however often it is asked for, and not after `signal`. */
export function schedule(job: () => void, signal: AbortSignal): void {
  jobs.set(job, signal);
  if (soon || timer !== undefined) return;
  if (performance.now() - last >= FRAME_MS) {
    soon = true;
    queueMicrotask(run);
  } else {
    frame = requestAnimationFrame(run);
    timer = setTimeout(run, HIDDEN_MS);
  }
}

function run(): void {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  timer = undefined;
  soon = false;
  last = performance.now();
  const due = [...jobs];
  jobs.clear();
  for (const [job, signal] of due) {
    if (signal.aborted) continue;
    try {
      job();
    } catch (error) {
      // One answer that fails must not stop the others.
      reportError(error);
    }
  }
}
