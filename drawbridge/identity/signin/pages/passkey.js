// Passkeys between the API, which speaks JSON, and the browser's authenticator, which speaks bytes.

import { ask } from "./api.js";

export const hasPasskeys = window.isSecureContext && "PublicKeyCredential" in window;

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (mark) => mark.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function listed(descriptors = []) {
  return descriptors.map((one) => ({ ...one, id: bytes(one.id) }));
}

function explained(error) {
  const reasons = {
    NotAllowedError: "No passkey was chosen, or it took too long.",
    InvalidStateError: "This device holds a passkey of your account already.",
    SecurityError: "Passkeys do not work under this address: open the one that Drawbridge prints.",
  };
  return new Error(reasons[error.name] ?? `The passkey did not work (${error.name}).`);
}

export async function create(path, name) {
  const { challenge, options } = await ask("POST", `${path}/options`, {});
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
  let made;
  try {
    made = await navigator.credentials.create({ publicKey });
  } catch (error) {
    throw explained(error);
  }
  const response = {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  };
  return ask("POST", path, { challenge, name, credential: { ...described(made), response } });
}

export async function show(path) {
  const { challenge, options } = await ask("POST", `${path}/options`, {});
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: listed(options.allowCredentials),
  };
  let shown;
  try {
    shown = await navigator.credentials.get({ publicKey });
  } catch (error) {
    throw explained(error);
  }
  const response = {
    clientDataJSON: text(shown.response.clientDataJSON),
    authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
  };
  return ask("POST", path, { challenge, credential: { ...described(shown), response } });
}

function described(credential) {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
  };
}
