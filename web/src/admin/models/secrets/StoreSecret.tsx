import { useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Modal } from "../../../ui/Modal";
import { TextField } from "../../kit/fields/TextField";
import { Problems } from "../../kit/Problems";
import { useSecrets, useStoreSecret } from "../wire";

interface StoreSecretProps {
  /** The name that it gets unless another is typed. */
  suggested: string;
  /** Whether the name is to stay: another value for a secret that there is. */
  isFixed?: boolean;
  onStored?: (name: string) => void;
  onClose: () => void;
}

/** Takes a secret and stores it sealed: from then on nobody can read it, not even who typed it. */
export function StoreSecret({ suggested, isFixed = false, onStored, onClose }: StoreSecretProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(suggested);
  const [value, setValue] = useState("");
  const store = useStoreSecret();
  const isTaken = (useSecrets().data ?? []).some((secret) => secret.name === name.trim());
  const title = isFixed ? t("secrets.replaceTitle", { name }) : t("secrets.paste");
  function save() {
    store.mutate(
      { name: name.trim(), value: value.trim() },
      {
        onSuccess: () => {
          onStored?.(name.trim());
          onClose();
        },
      },
    );
  }
  // Beside the page, since it may be opened out of a form, and is one itself.
  return createPortal(
    <Modal label={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          save();
        }}
      >
        <h2 className="mb-2 font-semibold break-words">{title}</h2>
        <p className="mb-3 text-sm text-muted-foreground">{t("secrets.sealed")}</p>
        {isFixed ? null : (
          <TextField
            label={t("secrets.name")}
            hint={isTaken ? t("secrets.taken") : undefined}
            required
            maxLength={200}
            autoComplete="off"
            value={name}
            onChange={setName}
          />
        )}
        <TextField label={t("secrets.value")} type="password" required autoComplete="new-password" spellCheck={false} value={value} onChange={setValue} />
        <Problems error={store.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="first" type="submit" disabled={store.isPending || !name.trim() || !value.trim()}>
            {isTaken ? t("secrets.replace") : t("secrets.store")}
          </Button>
        </div>
      </form>
    </Modal>,
    document.body,
  );
}
