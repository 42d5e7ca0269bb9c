/** A thing that is wrong with what was sent: `path` is a JSON path in the body, or the name of a parameter. */
export interface Problem {
  path: string;
  message: string;
}

/** What the API answered instead of what was asked for. `status` is 0 where nothing answered at all. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}

interface ErrorBody {
  error?: { code?: string; message?: string; problems?: Problem[] };
}

export async function readRefusal(reply: Response): Promise<Refusal> {
  let body: ErrorBody;
  try {
    body = (await reply.json()) as ErrorBody;
  } catch {
    body = {};
  }
  const { code = "unknown", message = `HTTP ${reply.status}`, problems = [] } = body.error ?? {};
  return new Refusal(reply.status, code, message, problems);
}
