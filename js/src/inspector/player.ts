/** The position on the timeline: following new events, playing again, or paused. */
import type { Run } from "./run";

export class Player {
  /** Index of the event shown; -1 before the first. */
  at = -1;
  /** Position in seconds since the question. */
  time = 0;
  playing = false;
  readonly #run: Run;
  /** Whether to show each new event as it arrives. */
  #following: boolean;
  #speed = 1;
  #last = 0;
  #changed: () => void = () => {};
  readonly #signal: AbortSignal;

  constructor(run: Run, signal: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
    this.#following = true;
    this.#newest();
    run.follow(() => this.#following && this.#newest(), signal);
  }

  follow(changed: () => void): void {
    this.#changed = changed;
  }

  /** What its button does. */
  get next(): "pause" | "play" | "again" {
    if (this.playing || (this.#following && !this.#run.head.over)) return "pause";
    return this.#atEnd ? "again" : "play";
  }

  toggle(): void {
    if (this.next === "pause") {
      this.playing = this.#following = false;
    } else {
      if (this.#atEnd) this.#to(-1, 0);
      this.#following = false;
      this.playing = true;
      this.#last = performance.now();
      requestAnimationFrame(this.#turn);
    }
    this.#changed();
  }

  step(by: number): void {
    this.go(Math.max(-1, Math.min(this.#run.frames.length - 1, this.at + by)));
  }

  /** Shows one event, and pauses. */
  go(at: number): void {
    this.playing = false;
    this.#following = this.#run.head.over && at === this.#run.frames.length - 1;
    this.#to(at, this.#run.frames[at]?.at ?? 0);
    this.#changed();
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
  }

  get #atEnd(): boolean {
    return this.at >= this.#run.frames.length - 1;
  }

  #to(at: number, time: number): void {
    this.at = at;
    this.time = time;
  }

  #newest(): void {
    const last = this.#run.frames.length - 1;
    this.#to(last, this.#run.frames[last]?.at ?? 0);
  }

  readonly #turn = (now: number): void => {
    if (!this.playing || this.#signal.aborted) return;
    const time = this.time + ((now - this.#last) / 1000) * this.#speed;
    this.#last = now;
    this.#to(this.#run.lastAt(time), time);
    if (this.#atEnd) {
      this.playing = false;
      // Playback has caught up with the answer, which may still be running.
      this.#following = true;
      this.#newest();
    } else {
      requestAnimationFrame(this.#turn);
    }
    this.#changed();
  };
}
