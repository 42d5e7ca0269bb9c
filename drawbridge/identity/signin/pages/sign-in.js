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

function goOn() {
  location.replace(sessionStorage.getItem("invitation") ? "/invitation" : "/account");
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
