/** Whether somebody is asked for the password or passkey once more, and the requests that wait for it. */

const WANTED = "step_up_required";

let waiting: ((isShown: boolean) => void)[] = [];
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) {
    listener();
  }
}

export function watchStepUp(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isAsked(): boolean {
  return waiting.length > 0;
}

/** Let all that wait go on, or, where nothing was shown, fail with the refusal that they got. */
export function endStepUp(isShown: boolean): void {
  const all = waiting;
  waiting = [];
  tell();
  for (const goOn of all) {
    goOn(isShown);
  }
}

function askOnce(): Promise<boolean> {
  return new Promise((resolve) => {
    waiting = [...waiting, resolve];
    tell();
  });
}

async function wantsStepUp(reply: Response): Promise<boolean> {
  if (reply.status !== 403) {
    return false;
  }
  const body: unknown = await reply.clone().json().catch(() => null);
  return (body as { error?: { code?: string } } | null)?.error?.code === WANTED;
}

/** Fetch; where the API wants a password or passkey for it, ask, and send the same request again. */
export async function fetchFresh(request: Request): Promise<Response> {
  const again = request.clone();
  const reply = await fetch(request);
  return (await wantsStepUp(reply)) && (await askOnce()) ? fetch(again) : reply;
}
