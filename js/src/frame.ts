/**
 * One scheduler for all views in the page, so that eight answers cost one layout, not eight. The
 * first job after a pause runs at once. Jobs that follow within one animation frame wait for the
 * next.
 */

const FRAME_MS = 15;

/** A hidden tab or iframe gets no animation frames. A slow timer runs the jobs instead. */
const HIDDEN_MS = 500;

const jobs = new Map<() => void, AbortSignal>();
let frame = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = -FRAME_MS;
let soon = false;

/**
 * Runs `job` once, by the next animation frame, even if it is scheduled repeatedly. Skips it if
 * `signal` is aborted.
 */
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
  // A job that takes long and schedules the next one must not keep the browser from painting.
  last = Number.POSITIVE_INFINITY;
  const due = [...jobs];
  jobs.clear();
  for (const [job, signal] of due) {
    if (signal.aborted) continue;
    try {
      job();
    } catch (error) {
      // An error in one answer must not stop the others.
      reportError(error);
    }
  }
  last = performance.now();
}
