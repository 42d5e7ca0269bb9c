import type { TFunction } from "i18next";
import type { Entry } from "../../kit/sections";
import type { Preset } from "../wire";

type Provider = Entry<"providers">;
export type Credential = NonNullable<Provider["credential"]>;

/** A place of a credential as one text, so that it can be chosen from a list; empty: where the preset says. */
export function written(credential: Provider["credential"]): string {
  const [kind, name] = Object.entries(credential ?? {}).find(([, value]) => value) ?? [];
  return kind === undefined ? "" : `${kind}:${name}`;
}

export function read(text: string): Credential | null {
  const [kind = "", ...rest] = text.split(":");
  return kind === "" ? null : ({ [kind]: rest.join(":") } as Credential);
}

/** Say in words where a provider's credential is. */
export function whereCredentialIs(provider: Provider, preset: Preset | undefined, t: TFunction): string {
  const { stored, env, file } = provider.credential ?? {};
  if (stored) {
    return t("providers.stored", { name: stored });
  }
  if (file) {
    return t("providers.file", { name: file });
  }
  const variable = env ?? (provider.quirks?.auth === "none" ? null : preset?.variable);
  return variable ? t("providers.variable", { name: variable }) : t("providers.none");
}
