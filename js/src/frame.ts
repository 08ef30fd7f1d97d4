/**
 * One scheduler for all views in the page, so that eight answers cost one layout, not eight. The
 * first job after a pause runs at once. Jobs that follow within one animation frame wait for the
 * next.
 */

const FRAME_MS = 15;

/** Time of the jobs of one animation frame, in ms, with style and layout. The next frame does the rest. */
const BUDGET_MS = 10;

/** Work of this many ms is laid out, since some short texts take long to lay out. */
const LAYOUT_AFTER_MS = 2.5;

/** A hidden tab or iframe gets no animation frames. A slow timer runs the jobs instead. */
const HIDDEN_MS = 500;

const jobs = new Map<() => void, AbortSignal>();
let frame = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = -FRAME_MS;
let soon = false;
let end = 0;
let layOutAt = 0;

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

/** Begins a time of `budget` ms for work on the page. */
export function beginWork(budget = BUDGET_MS): void {
  const now = performance.now();
  end = now + budget;
  layOutAt = now + LAYOUT_AFTER_MS;
}

/** Tells whether the time is over, with the layout of the changes around `node`. */
export function isOver(node: HTMLElement): boolean {
  let now = performance.now();
  if (now < layOutAt) return false;
  // Reading a height makes the browser lay out the changes.
  if (node.offsetHeight >= 0) now = performance.now();
  layOutAt = now + LAYOUT_AFTER_MS;
  return now >= end;
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
  beginWork(BUDGET_MS);
  let done = 0;
  for (const [job, signal] of due) {
    if (done > 0 && performance.now() >= end) break;
    done += 1;
    if (signal.aborted) continue;
    try {
      job();
    } catch (error) {
      // An error in one answer must not stop the others.
      reportError(error);
    }
  }
  last = performance.now();
  postpone(due.slice(done));
}

/** Lets jobs run in the next animation frame, before those that have run in this one. */
function postpone(left: [() => void, AbortSignal][]): void {
  if (left.length === 0) return;
  const later = [...jobs];
  jobs.clear();
  for (const [job, signal] of [...left, ...later]) schedule(job, signal);
}
