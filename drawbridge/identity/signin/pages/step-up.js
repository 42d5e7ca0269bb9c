// Acts that need a password or passkey shown a short time ago: asks for it where the API wants it, then goes on.

import { ask } from "./api.js";
import { find, onAct, say } from "./dom.js";
import { hasPasskeys, show } from "./passkey.js";

let waiting = null;

export async function fresh(work) {
  try {
    return await work();
  } catch (error) {
    if (error.code !== "step_up_required") {
      throw error;
    }
  }
  await stepUp();
  return work();
}

async function stepUp() {
  const me = await ask("GET", "/api/me");
  find("step-up-by-passkey").hidden = !hasPasskeys || me.passkeys === 0;
  find("step-up-form").hidden = !me.password;
  find("step-up-password").value = "";
  say(find("step-up-said"), "");
  find("step-up").showModal();
  await new Promise((done, refused) => {
    waiting = { done, refused };
  });
}

function end(how) {
  const { done, refused } = waiting ?? {};
  waiting = null;
  find("step-up").close();
  if (how === "done") {
    done?.();
  } else {
    refused?.(new Error("Nothing was changed."));
  }
}

onAct(find("step-up-passkey"), find("step-up-said"), async () => {
  await show("/api/me/step-up/passkey");
  end("done");
});

onAct(find("step-up-form"), find("step-up-said"), async () => {
  await ask("POST", "/api/me/step-up/password", { password: find("step-up-password").value });
  end("done");
});

find("step-up-cancel").addEventListener("click", () => end("left"));
find("step-up").addEventListener("cancel", () => waiting && end("left"));
