/** One frame for all views of the page, so that eight answers cost one layout and not eight. */

/** A hidden page or frame gets no animation frames; the work is done all the same, more slowly. */
const HIDDEN_MS = 500;

const jobs = new Map<() => void, AbortSignal>();
let frame = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Runs `job` at the next frame, once however often it is asked for, and not after `signal`. */
export function schedule(job: () => void, signal: AbortSignal): void {
  jobs.set(job, signal);
  if (timer !== undefined) return;
  frame = requestAnimationFrame(run);
  timer = setTimeout(run, HIDDEN_MS);
}

function run(): void {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  timer = undefined;
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
