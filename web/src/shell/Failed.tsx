import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";

/** Stands where a page could not be shown. A page of an older build asks for files that are gone: loading anew helps. */
export function Failed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <div className="m-auto max-w-md space-y-3 p-6">
      <Said error={error} />
      <Button onClick={() => location.reload()}>{t("error.again")}</Button>
    </div>
  );
}
