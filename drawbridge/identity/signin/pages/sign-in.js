import { ask, takeToken } from "./api.js";
import { find, onAct, say } from "./dom.js";
import { hasPasskeys, show } from "./passkey.js";

const said = find("said");
const link = takeToken("link=");
let challenge = "";

find("by-passkey").hidden = !hasPasskeys;
if (!hasPasskeys) {
  find("form").querySelector("button").classList.remove("second");
}

// A page that found nobody signed in says where to come back to. A path of ours, and never another origin.
function wantedPage() {
  const wanted = sessionStorage.getItem("after-sign-in") ?? "/account";
  sessionStorage.removeItem("after-sign-in");
  return new URL(wanted, location.origin).origin === location.origin ? wanted : "/account";
}

function goOn() {
  location.replace(sessionStorage.getItem("invitation") ? "/invitation" : wantedPage());
}

onAct(find("passkey"), said, async () => {
  await show("/api/auth/passkey");
  goOn();
});

onAct(find("form"), said, async () => {
  const outcome = await ask("POST", "/api/auth/password", {
    email: find("email").value,
    password: find("password").value,
  });
  if (outcome.signed_in) {
    goOn();
    return;
  }
  challenge = outcome.challenge;
  find("by-passkey").hidden = true;
  find("form").hidden = true;
  find("code-form").hidden = false;
  find("code").focus();
});

onAct(find("code-form"), said, async () => {
  await ask("POST", "/api/auth/code", { challenge, code: find("code").value });
  goOn();
});

if (link) {
  try {
    await ask("POST", "/api/auth/link", { token: link });
    goOn();
  } catch (error) {
    say(said, error.message);
  }
}
