import { useSyncExternalStore } from "react";
import { type Answer, fold, NOTHING_YET } from "./fold";
import { follow } from "./follow";

const FRAME_MS = 16;

export interface Live {
  answer: Answer;
  isAway: boolean;
  /** Its last event is here, or there will never be one. */
  isOver: boolean;
}

const NOT_FOLLOWED: Live = { answer: NOTHING_YET, isAway: false, isOver: false };

/** A run that is listened to, whichever page is shown. */
class LiveRun {
  live: Live = NOT_FOLLOWED;
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(runId: string, onOver: () => void) {
    const listener = {
      onChunk: (chunk: Parameters<typeof fold>[1]) => this.change({ answer: fold(this.live.answer, chunk) }),
      onAway: (isAway: boolean) => isAway !== this.live.isAway && this.change({ isAway }),
      onGone: () => undefined,
    };
    void follow(runId, listener, new AbortController().signal).then(() => {
      this.change({ isOver: true, isAway: false });
      onOver();
    });
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** Tell at most once a frame: a run that is replayed comes with hundreds of events at once. */
  private change(changed: Partial<Live>): void {
    this.live = { ...this.live, ...changed };
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const watcher of this.watchers) {
        watcher();
      }
    }, FRAME_MS);
  }
}

const runs = new Map<string, LiveRun>();

/** Listen to a run unless that is done already. `onOver` is called once, when it has ended. */
export function listen(runId: string, onOver: () => void): void {
  if (!runs.has(runId)) {
    runs.set(runId, new LiveRun(runId, onOver));
  }
}

/** Drop what was heard of a run: its message says it now. */
export function forget(runId: string): void {
  runs.delete(runId);
}

const noWatch = () => () => undefined;

/** What is known of a run that somebody listens to. */
export function useLive(runId: string | null): Live {
  const run = runId === null ? undefined : runs.get(runId);
  return useSyncExternalStore(run?.watch ?? noWatch, () => run?.live ?? NOT_FOLLOWED);
}
