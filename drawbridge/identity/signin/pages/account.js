import { ask } from "./api.js";
import { find, make, moment, onAct, say } from "./dom.js";
import { create, hasPasskeys } from "./passkey.js";
import { draw } from "./qr.js";
import { fresh } from "./step-up.js";

const said = find("said");
let totpChallenge = "";

async function load() {
  let me;
  try {
    me = await ask("GET", "/api/me");
  } catch (error) {
    if (error.status === 401) {
      location.replace("/sign-in");
      return;
    }
    throw error;
  }
  showWho(me);
  showFactors(me);
  const [{ passkeys }, { sessions }] = await Promise.all([
    ask("GET", "/api/me/passkeys"),
    ask("GET", "/api/me/sessions"),
  ]);
  find("passkeys").replaceChildren(...passkeys.map(passkeyRow));
  find("sessions").replaceChildren(...sessions.map(sessionRow));
  find("end-others").hidden = sessions.length < 2;
  find("sign-out").hidden = false;
  find("mine").hidden = false;
}

function showWho(me) {
  find("who").textContent = me.display_name || me.email;
  const where = me.organisation ? `${me.user} in the organisation ${me.organisation}` : "in no organisation";
  find("where").textContent = `${me.email}, ${where}`;
  find("password-user").value = me.email;
  const others = me.organisations.filter((one) => one.name !== me.organisation);
  find("organisations").hidden = others.length === 0;
  find("organisations").replaceChildren(...others.map(organisationButton));
}

function organisationButton(organisation) {
  const label = `Go on in ${organisation.display_name || organisation.name}`;
  const button = make("button", { type: "button", className: "second", textContent: label });
  onAct(button, said, async () => {
    await ask("POST", "/api/me/organisation", { organisation: organisation.name });
    await load();
  });
  return button;
}

function showFactors(me) {
  find("advice").hidden = me.totp || me.passkeys > 0;
  find("add-passkey").hidden = !hasPasskeys;
  find("no-passkeys").hidden = hasPasskeys;
  find("totp-state").textContent = me.totp
    ? "An app is set up: its code is asked for after your password."
    : "Shows a code that is asked for after your password.";
  find("add-totp").textContent = me.totp ? "Replace it" : "Add an app";
  find("remove-totp").hidden = !me.totp;
  find("codes-state").textContent = me.recovery_codes
    ? `${me.recovery_codes} left. They stand in for an authenticator app or passkey that is lost.`
    : "None. You get ten when you add a passkey or an authenticator app.";
  find("password-state").textContent = me.password ? "" : "You have none: passkeys open your account.";
}

function passkeyRow(passkey) {
  const about = make("div", {}, passkey.name);
  if (passkey.copied) {
    about.append(" ", make("span", { className: "mark bad", textContent: "copied: not taken any more" }));
  }
  about.append(make("small", { textContent: `Added ${moment(passkey.created_at)}, used ${moment(passkey.last_used_at)}` }));
  return make("li", {}, about, actButton(`Remove`, `Remove the passkey ${passkey.name}`, () => remove(passkey)));
}

async function remove(passkey) {
  await fresh(() => ask("DELETE", `/api/me/passkeys/${passkey.id}`));
  await load();
}

function sessionRow(session) {
  const about = make("div", {}, device(session.user_agent));
  if (session.this) {
    about.append(" ", make("span", { className: "mark", textContent: "this one" }));
  }
  about.append(make("small", { textContent: `${session.address}, since ${moment(session.created_at)}, seen ${moment(session.last_seen_at)}` }));
  const end = async () => {
    await ask("DELETE", `/api/me/sessions/${session.id}`);
    await load();
  };
  return make("li", {}, about, ...(session.this ? [] : [actButton("Sign out", "Sign out this session", end)]));
}

function device(agent) {
  const browser = /Edg|OPR|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "Unknown browser";
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0];
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return system ? `${name} on ${system}` : name;
}

function actButton(text, label, work) {
  const button = make("button", { type: "button", className: "danger small", textContent: text });
  button.setAttribute("aria-label", label);
  onAct(button, said, work);
  return button;
}

function showCodes(codes) {
  if (codes.length) {
    find("codes").replaceChildren(...codes.map((code) => make("li", { textContent: code })));
    find("codes-shown").hidden = false;
    find("codes-shown").scrollIntoView({ block: "center" });
  }
}

onAct(find("add-passkey"), said, async () => {
  const added = await fresh(() => create("/api/me/passkeys", find("passkey-name").value));
  find("passkey-name").value = "";
  showCodes(added.recovery_codes);
  await load();
});

onAct(find("add-totp"), said, async () => {
  const made = await fresh(() => ask("POST", "/api/me/totp", {}));
  totpChallenge = made.challenge;
  find("secret").textContent = made.secret.replace(/(.{4})/g, "$1 ").trim();
  find("qr").toggleAttribute("hidden", made.picture.length === 0);
  draw(find("qr"), made.picture);
  find("totp-form").hidden = false;
  find("totp-code").focus();
});

onAct(find("totp-form"), said, async () => {
  const body = { challenge: totpChallenge, code: find("totp-code").value };
  const { recovery_codes: codes } = await fresh(() => ask("POST", "/api/me/totp/confirm", body));
  find("totp-form").hidden = true;
  find("totp-code").value = "";
  showCodes(codes);
  await load();
});

onAct(find("remove-totp"), said, async () => {
  await fresh(() => ask("DELETE", "/api/me/totp"));
  await load();
});

onAct(find("new-codes"), said, async () => {
  showCodes((await fresh(() => ask("POST", "/api/me/recovery-codes", {}))).recovery_codes);
  await load();
});

onAct(find("password-form"), said, async () => {
  await fresh(() => ask("PUT", "/api/me/password", { password: find("new-password").value }));
  find("new-password").value = "";
  say(said, "The password is set, and your other sessions have ended.", true);
  await load();
});

onAct(find("end-others"), said, async () => {
  await ask("DELETE", "/api/me/sessions?keep_this=true");
  await load();
});

onAct(find("sign-out"), said, async () => {
  await ask("POST", "/api/auth/sign-out", {});
  location.replace("/sign-in");
});

find("codes-kept").addEventListener("click", () => (find("codes-shown").hidden = true));

try {
  await load();
} catch (error) {
  say(said, error.message);
}
