import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "../../../api/refusal";
import { useMay } from "../../../shell/abilities";
import { Button } from "../../../ui/Button";
import { Confirm } from "../../kit/Confirm";
import { LeaveUnsaved } from "../../kit/LeaveUnsaved";
import { Notice } from "../../kit/Notice";
import { Page } from "../../kit/Page";
import { Problems } from "../../kit/Problems";
import { ProblemsContext, problemsOf } from "../../kit/problems";
import { type Prices, type Stated, usePutStated } from "./wire";

interface PartPageProps<Value> {
  stated: Stated;
  title: string;
  about: string;
  /** What is looked at, as it was read. */
  known: Value;
  /** All that is stated, with this part as it is now. */
  written: (entry: Prices, value: Value) => Prices;
  /** All that is stated, without this part; left out where it cannot be deleted. */
  removed?: (entry: Prices) => Prices;
  isNew?: boolean;
  fields: (value: Value, set: (changes: Partial<Value>) => void) => ReactNode;
}

/** A part of what is stated of prices: it is written with all the rest, over the version that was read. */
export function PartPage<Value extends object>(props: PartPageProps<Value>) {
  const { stated, title, about, removed, isNew = false } = props;
  const { t } = useTranslation();
  const isFixed = !useMay("manage", "price") || stated.managed_by_file;
  const mayDelete = removed !== undefined && !isNew && !isFixed;
  return (
    <Page
      title={title}
      about={about}
      above={{ page: "prices", title: t("prices.title") }}
      actions={mayDelete ? <DeleteButton stated={stated} name={title} removed={removed} /> : null}
    >
      {stated.managed_by_file ? <Notice>{t("admin.byFile")}</Notice> : null}
      <PartForm {...props} isFixed={isFixed} />
    </Page>
  );
}

function PartForm<Value extends object>(props: PartPageProps<Value> & { isFixed: boolean }) {
  const { stated, known, written, isNew = false, isFixed, fields } = props;
  const { t } = useTranslation();
  const [base] = useState(known);
  const [value, setValue] = useState(known);
  const { write, isPending, isDone, error } = useWriting(stated);
  const isChanged = !isFixed && JSON.stringify(value) !== JSON.stringify(base);
  return (
    <ProblemsContext value={problemsOf(error)}>
      <form
        className="max-w-2xl"
        onSubmit={(event) => {
          event.preventDefault();
          write((entry) => written(entry, value));
        }}
      >
        <fieldset disabled={isFixed} className="min-w-0">
          <legend className="sr-only">{t("admin.form.settings")}</legend>
          {fields(value, (changes) => setValue((before) => ({ ...before, ...changes })))}
        </fieldset>
        <Problems error={error} />
        {isFixed ? null : (
          <Button look="first" type="submit" disabled={isPending || !isChanged}>
            {isNew ? t("admin.form.make") : t("save")}
          </Button>
        )}
      </form>
      <LeaveUnsaved isUnsaved={isChanged && !isPending && !isDone} />
    </ProblemsContext>
  );
}

interface DeleteButtonProps {
  stated: Stated;
  name: string;
  removed: (entry: Prices) => Prices;
}

function DeleteButton({ stated, name, removed }: DeleteButtonProps) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(false);
  const { write, isPending, error } = useWriting(stated);
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        <Trash2 size={16} aria-hidden />
        {t("admin.delete.title")}
      </Button>
      {isAsked ? (
        <Confirm
          title={t("admin.delete.question", { name })}
          text={t("prices.deletion")}
          act={t("admin.delete.title")}
          error={error}
          isPending={isPending}
          onAct={() => write(removed)}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </>
  );
}

/** Write a part over the version that was read first; where somebody was faster, the next try is over what they wrote. */
function useWriting(stated: Stated) {
  const navigate = useNavigate();
  const put = usePutStated();
  const [first] = useState(stated);
  const { error, isPending, isSuccess } = put;
  const known = error instanceof Refusal && error.status === OVERTAKEN ? stated : first;
  function write(change: (entry: Prices) => Prices) {
    put.mutate(
      { entry: change(known.entry), etag: known.etag },
      { onSuccess: () => void navigate({ to: "/admin/$page", params: { page: "prices" }, ignoreBlocker: true }) },
    );
  }
  return { write, isPending, isDone: isSuccess, error };
}

const OVERTAKEN = 412;
