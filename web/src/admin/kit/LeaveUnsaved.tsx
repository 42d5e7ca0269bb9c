import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";

/** Asks before what was not saved is lost, by going elsewhere or by closing the page. */
export function LeaveUnsaved({ isUnsaved }: { isUnsaved: boolean }) {
  const { t } = useTranslation();
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isUnsaved,
    enableBeforeUnload: () => isUnsaved,
    withResolver: true,
  });
  if (status !== "blocked") {
    return null;
  }
  return (
    <Modal label={t("admin.leave.title")} onClose={reset}>
      <h2 className="mb-2 font-semibold">{t("admin.leave.title")}</h2>
      <p className="mb-3 text-sm">{t("admin.leave.text")}</p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={reset}>{t("admin.leave.stay")}</Button>
        <Button look="danger" onClick={proceed}>
          {t("admin.leave.leave")}
        </Button>
      </div>
    </Modal>
  );
}
