import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, taken } from "../../api/client";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import { SelectField } from "../kit/fields/SelectField";
import { useChanged } from "../kit/objects";
import { Problems } from "../kit/Problems";
import { getObject } from "../kit/sections";
import { useOptions } from "./choices";

/** Lets somebody else take care of the teams that would have nobody without this member. */
export function HandOver({ name }: { name: string }) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button onClick={() => setAsked(true)}>{t("handOver.title")}</Button>
      {isAsked ? <HandOverDialog name={name} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

function HandOverDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const [to, setTo] = useState("");
  const users = useOptions("users", name);
  const hand = useMutation({
    mutationFn: async () => {
      const { teams } = taken(await api.POST("/api/users/{name}/hand-over", { params: { path: { name } }, body: { to } }));
      await changed("users", to, await getObject("users", to));
      return teams;
    },
  });
  return (
    <Modal label={t("handOver.title")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          hand.mutate();
        }}
      >
        <h2 className="mb-2 font-semibold">{t("handOver.title")}</h2>
        <p className="mb-3 text-sm">{t("handOver.about", { name })}</p>
        <SelectField label={t("handOver.to")} value={to} options={users} onChange={setTo} />
        <Problems error={hand.error} />
        <p role="status" className="mb-3 text-sm text-good">
          {hand.data ? (hand.data.length ? t("handOver.done", { teams: hand.data.join(", ") }) : t("handOver.nothing")) : ""}
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{hand.data ? t("access.close") : t("cancel")}</Button>
          {hand.data ? null : (
            <Button look="first" type="submit" disabled={!to || hand.isPending}>
              {t("handOver.title")}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}
