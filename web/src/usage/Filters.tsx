import { ListFilter, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { wholeUsd } from "../money/amounts";
import { Button } from "../ui/Button";
import { Chooser } from "../ui/Chooser";
import { type Asked, type Filter, filtersOf } from "./asked";
import { groupName } from "./show";
import { useTotals } from "./totals";

interface FiltersProps {
  asked: Asked;
  onFilter: (filter: Filter, value: string | undefined) => void;
}

/** What usage is narrowed to. What there is to choose from is what was used in these days. */
export function Filters({ asked, onFilter }: FiltersProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Filter | "none" | null>(null);
  const all = filtersOf(asked.scope);
  const left = all.filter((filter) => asked.only[filter] === undefined);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {all.map((filter) => {
        const value = asked.only[filter];
        if (value === undefined) {
          return null;
        }
        const label = `${t(`usage.group.${filter}`)}: ${groupName(t, filter, value)}`;
        return (
          <Button key={filter} onClick={() => onFilter(filter, undefined)} aria-label={t("usage.unfilter", { label })} className="max-w-full">
            <span className="truncate">{label}</span>
            <X size={14} aria-hidden />
          </Button>
        );
      })}
      {left.length > 0 ? (
        <Button onClick={() => setChosen("none")}>
          <ListFilter size={16} aria-hidden />
          {t("usage.filter")}
        </Button>
      ) : null}
      {chosen === "none" ? (
        <Chooser
          label={t("usage.filterBy")}
          choices={left.map((filter) => ({ id: filter, label: t(`usage.group.${filter}`), act: () => setChosen(filter) }))}
          onClose={() => setChosen(null)}
        />
      ) : null}
      {chosen !== null && chosen !== "none" ? (
        <Values asked={asked} filter={chosen} onChoose={(value) => onFilter(chosen, value)} onClose={() => setChosen(null)} />
      ) : null}
    </div>
  );
}

interface ValuesProps {
  asked: Asked;
  filter: Filter;
  onChoose: (value: string) => void;
  onClose: () => void;
}

function Values({ asked, filter, onChoose, onClose }: ValuesProps) {
  const { t, i18n } = useTranslation();
  const { data } = useTotals(asked.scope, asked.query, [filter]);
  const named = (data?.totals ?? []).flatMap((total) => {
    const value = total.group[filter];
    return value ? [{ value, hint: wholeUsd(total.cost_nanousd, i18n.language) }] : [];
  });
  const choices = named.map(({ value, hint }) => ({
    id: value,
    label: groupName(t, filter, value),
    hint,
    act: () => onChoose(value),
  }));
  return <Chooser key={filter} label={t(`usage.group.${filter}`)} choices={choices} onClose={onClose} />;
}
