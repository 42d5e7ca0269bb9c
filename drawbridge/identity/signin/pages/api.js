// Talks to the API as the pages do: JSON, our own origin, and the session's cookie, which scripts never see.

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function ask(method, path, body) {
  const options = { method, headers: { accept: "application/json" }, cache: "no-store" };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    throw new Refusal(0, "unreachable", "Drawbridge does not answer. Is it running? Try again.");
  }
  const text = await reply.text();
  const said = text ? JSON.parse(text) : null;
  if (!reply.ok) {
    const error = said?.error ?? {};
    throw new Refusal(reply.status, error.code ?? "unknown", error.message ?? `It failed (${reply.status}).`);
  }
  return said;
}

// The token behind the # of a one-time link. It leaves the address bar, so that nobody reads it over a shoulder.
export function takeToken(prefix = "") {
  const fragment = location.hash.slice(1);
  if (fragment === "" || !fragment.startsWith(prefix)) {
    return "";
  }
  history.replaceState(null, "", location.pathname + location.search);
  return fragment.slice(prefix.length);
}
