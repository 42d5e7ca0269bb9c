import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Confirm } from "./Confirm";
import { useDelete } from "./objects";
import type { Section } from "./sections";

interface DeleteObjectProps {
  section: Section;
  /** Where one is afterwards. */
  page: string;
  name: string;
  etag: string;
  /** What one should know before. */
  hint: string | undefined;
}

export function DeleteObject({ section, page, name, etag, hint }: DeleteObjectProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isAsked, setAsked] = useState(false);
  const remove = useDelete(section, () => navigate({ to: "/admin/$page", params: { page }, ignoreBlocker: true }));
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        <Trash2 size={16} aria-hidden />
        {t("admin.delete.title")}
      </Button>
      {isAsked ? (
        <Confirm
          title={t("admin.delete.question", { name })}
          text={hint ?? t("admin.delete.text")}
          act={t("admin.delete.title")}
          error={remove.error}
          isPending={remove.isPending}
          onAct={() => remove.mutate({ name, etag })}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </>
  );
}
