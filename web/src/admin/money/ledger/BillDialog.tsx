import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Amount } from "../../../money/Amount";
import { sum } from "../../../money/amounts";
import { Button } from "../../../ui/Button";
import { Modal } from "../../../ui/Modal";
import { Field, INPUT } from "../../kit/fields/Field";
import { TextField } from "../../kit/fields/TextField";
import { useObjects } from "../../kit/objects";
import { Problems } from "../../kit/Problems";
import { ProblemsContext, problemsOf } from "../../kit/problems";
import { type BillFault, type BillLine, COLUMNS, readBill } from "./bill";
import { EnteredView } from "./EnteredView";
import { useEnterBill } from "./ledger";

/** Enters a vendor's bill from a file: what it says of each call is booked beside what was booked before. */
export function BillDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const enter = useEnterBill();
  const { objects: providers } = useObjects("providers");
  const [provider, setProvider] = useState("");
  const [source, setSource] = useState("");
  const [reason, setReason] = useState("");
  const [read, setRead] = useState<BillLine[] | BillFault | null>(null);
  const lines = Array.isArray(read) ? read : null;
  const isReady = lines !== null && provider.trim() !== "" && source.trim() !== "";
  return (
    <Modal label={t("ledger.enterBill")} onClose={onClose} className="max-w-lg p-5">
      <ProblemsContext value={problemsOf(enter.error)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady) {
              enter.mutate({ provider: provider.trim(), source: source.trim(), reason: reason.trim(), lines });
            }
          }}
        >
          <h2 className="mb-1 text-lg font-semibold">{t("ledger.enterBill")}</h2>
          <p className="mb-3 text-sm text-muted-foreground">{t("ledger.billAbout")}</p>
          <Field label={t("ledger.file")} hint={t("ledger.fileHint", { columns: COLUMNS.join(", ") })} path="lines">
            {(wiring) => (
              <input
                {...wiring}
                type="file"
                accept=".csv,text/csv"
                onChange={(event) => {
                  enter.reset();
                  const [file] = event.target.files ?? [];
                  void (file ? file.text().then((text) => setRead(readBill(text))) : setRead(null));
                }}
                className={INPUT}
              />
            )}
          </Field>
          {read && !Array.isArray(read) ? (
            <p role="alert" className="mb-3 text-sm text-bad">
              {t(`ledger.fault.${read.fault}`, { columns: COLUMNS.join(", "), ...read })}
            </p>
          ) : null}
          {lines ? (
            <p role="status" className="mb-3 text-sm">
              {t("ledger.lines", { count: lines.length })} <Amount nanousd={sum(lines.map((line) => line.cost))} />
            </p>
          ) : null}
          <TextField label={t("ledger.provider")} path="provider" required list="billing-providers" autoComplete="off" value={provider} onChange={setProvider} />
          <datalist id="billing-providers">
            {providers.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <TextField label={t("ledger.source")} hint={t("ledger.sourceHint")} path="source" required maxLength={200} autoComplete="off" value={source} onChange={setSource} />
          <TextField label={t("ledger.reason")} path="reason" maxLength={500} autoComplete="off" value={reason} onChange={setReason} />
          <Problems error={enter.error} />
          {enter.data ? <EnteredView entered={enter.data} /> : null}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{enter.data ? t("usage.close") : t("cancel")}</Button>
            <Button look="first" type="submit" disabled={!isReady || enter.isPending}>
              {t("ledger.enter")}
            </Button>
          </div>
        </form>
      </ProblemsContext>
    </Modal>
  );
}
