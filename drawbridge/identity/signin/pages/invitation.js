import { ask, takeToken } from "./api.js";
import { find, moment, onAct, say } from "./dom.js";

const said = find("said");
// Kept for this window only, while somebody signs in between.
const token = takeToken() || sessionStorage.getItem("invitation") || "";
let invitation = null;

async function signedInAs() {
  try {
    return (await ask("GET", "/api/me")).email;
  } catch {
    return "";
  }
}

async function load() {
  if (!token) {
    say(said, "This page needs the whole link that you were sent.");
    return;
  }
  invitation = await ask("POST", "/api/auth/invitation", { token });
  sessionStorage.setItem("invitation", token);
  const email = await signedInAs();
  find("title").textContent = `Join ${invitation.organisation}`;
  find("about").textContent =
    `You were invited as ${invitation.email}, to be the user ${invitation.user}. Until ${moment(invitation.expires_at)}.`;
  find("email").value = invitation.email;
  find("name").value ||= invitation.display_name;
  find("join").hidden = !email;
  find("enter").hidden = Boolean(email);
  find("join-now").textContent = `Join as ${email}`;
}

async function join() {
  await ask("POST", "/api/me/invitation", { token });
  sessionStorage.removeItem("invitation");
  location.replace("/account");
}

onAct(find("join-now"), said, join);

onAct(find("other"), said, async () => {
  await ask("POST", "/api/auth/sign-out", {});
  await load();
});

onAct(find("sign-in"), said, async () => location.assign("/sign-in"));

onAct(find("form"), said, async () => {
  const password = find("password").value;
  await ask("POST", "/api/auth/invitation/account", { token, display_name: find("name").value, password });
  let outcome = { signed_in: false };
  try {
    outcome = await ask("POST", "/api/auth/password", { email: invitation.email, password });
  } catch (error) {
    if (error.status !== 401) {
      throw error;
    }
  }
  if (!outcome.signed_in) {
    throw new Error("Sign in to the account that you have, with what you signed in with before.");
  }
  await join();
});

try {
  await load();
} catch (error) {
  sessionStorage.removeItem("invitation");
  say(said, error.message);
}
