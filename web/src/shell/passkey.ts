/** Shows a passkey of the account that is signed in: the API speaks JSON, the browser's authenticator bytes. */
import { api, taken } from "../api/client";

export const hasPasskeys = isSecureContext && "PublicKeyCredential" in window;

interface Offered {
  challenge: string;
  allowCredentials?: readonly { id: string; type: "public-key" }[];
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (mark) => mark.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function showPasskey(): Promise<void> {
  const { challenge, options } = taken(await api.POST("/api/me/step-up/passkey/options"));
  const offered = options as unknown as Offered;
  const shown = (await navigator.credentials.get({
    publicKey: {
      ...offered,
      challenge: bytes(offered.challenge),
      allowCredentials: (offered.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
    },
  })) as PublicKeyCredential;
  const answer = shown.response as AuthenticatorAssertionResponse;
  const credential = {
    id: shown.id,
    rawId: text(shown.rawId),
    type: shown.type,
    clientExtensionResults: {},
    authenticatorAttachment: shown.authenticatorAttachment,
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle ? text(answer.userHandle) : null,
    },
  };
  await api.POST("/api/me/step-up/passkey", { body: { challenge, credential } });
}
