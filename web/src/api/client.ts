import createClient, { type Middleware } from "openapi-fetch";
import { goToSignIn } from "../shell/signIn";
import { Refusal, readRefusal } from "./refusal";
import type { paths } from "./schema";
import { fetchFresh } from "./stepUp";

/** Where a wrong password is a refusal of its own, not the end of the session. */
const SHOWING_AGAIN = "/api/me/step-up/";

/** Every answer that is no success becomes a Refusal; where nobody is signed in any more, the browser goes to sign in. */
const refusals: Middleware = {
  async onResponse({ response, schemaPath }) {
    if (response.ok) {
      return undefined;
    }
    if (response.status === 401 && !schemaPath.startsWith(SHOWING_AGAIN)) {
      goToSignIn();
    }
    throw await readRefusal(response);
  },
  onError({ error }) {
    return new Refusal(0, "unreachable", error instanceof Error ? error.message : "");
  },
};

export const api = createClient<paths>({ baseUrl: location.origin, cache: "no-store", fetch: fetchFresh });
api.use(refusals);

/** Return what a successful reply holds: one that is none has been thrown as a Refusal. */
export function taken<T>(reply: { data?: T | undefined }): T {
  return reply.data as T;
}
