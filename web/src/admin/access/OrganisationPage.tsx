import { useTranslation } from "react-i18next";
import { TextField } from "../kit/fields/TextField";
import { SinglePage } from "../kit/SinglePage";

/** The organisation itself. */
export function OrganisationPage() {
  const { t } = useTranslation();
  return (
    <SinglePage
      section="organisation"
      kind="organisation"
      page="organisation"
      title={t("organisation.title")}
      about={t("organisation.about")}
      fields={({ entry, set }) => (
        <>
          <TextField
            label={t("access.displayName")}
            path="display_name"
            value={entry.display_name ?? ""}
            onChange={(display_name) => set({ display_name })}
          />
          <TextField
            label={t("organisation.whomToAsk")}
            hint={t("organisation.whomToAskHint")}
            path="whom_to_ask"
            value={entry.whom_to_ask ?? ""}
            onChange={(whom_to_ask) => set({ whom_to_ask })}
          />
        </>
      )}
    />
  );
}
