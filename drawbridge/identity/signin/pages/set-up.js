import { ask, takeToken } from "./api.js";
import { find, onAct, say } from "./dom.js";

const said = find("said");
const token = takeToken();

if (!token) {
  say(said, "This page needs the whole link that Drawbridge printed when it started.");
  find("form").hidden = true;
}

// The first steps are a page of the workspace, which a checkout without Node has not built.
async function firstPage() {
  const reply = await fetch("/welcome", { method: "HEAD", headers: { accept: "text/html" } });
  return reply.ok ? "/welcome" : "/account";
}

onAct(find("form"), said, async () => {
  await ask("POST", "/api/auth/set-up", {
    token,
    email: find("email").value,
    display_name: find("name").value,
    password: find("password").value,
  });
  location.replace(await firstPage());
});
