import { useTranslation } from "react-i18next";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { type Asked, asked, type Filter, type Group, groupsOf, type Scope, type UsageSearch } from "./asked";
import { CallsTable } from "./CallsTable";
import { Exports } from "./Exports";
import { Filters } from "./Filters";
import { GroupTable } from "./GroupTable";
import { OverTime } from "./OverTime";
import { PeriodPicker } from "./PeriodPicker";
import { Tiles } from "./Tiles";
import { useTotals } from "./totals";

const FIELD = "min-h-9 rounded-md border border-control bg-background px-2 py-1.5 text-sm";
const MOST_STEPS = 10_000;

interface ExplorerProps {
  scope: Scope;
  search: UsageSearch;
  /** Writes what is to be seen into the address. */
  onSearch: (search: UsageSearch) => void;
}

/** Usage: which days and what of it, what it came to, how it went on, and by what it divides. */
export function Explorer({ scope, search, onSearch }: ExplorerProps) {
  const wanted = asked(scope, search, new Date());
  const all = useTotals(scope, wanted.query, [wanted.grain === "hour" ? "hour" : "day"], MOST_STEPS);
  const change = (changed: Loose) => onSearch(without({ ...search, ...changed }));
  const filter = (name: Filter, value: string | undefined) => onSearch(without({ ...search, [name]: value }));
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-end gap-3">
        <PeriodPicker
          search={search}
          span={wanted.span}
          onChange={({ period, from, to }) => onSearch(without({ ...search, period, from, to }))}
        />
        <Filters asked={wanted} onFilter={filter} />
      </div>
      <Said error={all.error} />
      {all.data ? (
        // Figures of the days before stay until those of the new ones are there, and are seen to be old.
        <div aria-busy={all.isPlaceholderData} className={`space-y-4 ${all.isPlaceholderData ? "opacity-50" : ""}`}>
          <Tiles asked={wanted} all={all.data} />
          <OverTime asked={wanted} all={all.data} onMeasure={(measure) => change({ measure })} />
          <Divided asked={wanted} isOfCalls={search.view === "calls"} onChange={change} onFilter={filter} />
        </div>
      ) : all.error ? null : (
        <Loading />
      )}
    </div>
  );
}

interface DividedProps {
  asked: Asked;
  isOfCalls: boolean;
  onChange: (changed: { by?: Group; view?: "calls" | undefined }) => void;
  onFilter: (filter: Filter, value: string) => void;
}

function Divided({ asked, isOfCalls, onChange, onFilter }: DividedProps) {
  const { t } = useTranslation();
  return (
    <section className="space-y-3" aria-label={t("usage.divided")}>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <label className="text-sm">
          <span className="mb-1 block text-muted-foreground">{t("usage.dividedBy")}</span>
          <select
            className={FIELD}
            value={isOfCalls ? "calls" : asked.by}
            onChange={(event) => {
              const { value } = event.target;
              onChange(value === "calls" ? { view: "calls" } : { by: value as Group, view: undefined });
            }}
          >
            {groupsOf(asked.scope).map((group) => (
              <option key={group} value={group}>
                {t(`usage.group.${group}`)}
              </option>
            ))}
            <option value="calls">{t("usage.calls")}</option>
          </select>
        </label>
        <Exports asked={asked} />
      </div>
      {isOfCalls ? <CallsTable asked={asked} /> : <Groups asked={asked} onFilter={onFilter} />}
    </section>
  );
}

function Groups({ asked, onFilter }: Pick<DividedProps, "asked" | "onFilter">) {
  const { t } = useTranslation();
  const { data, error } = useTotals(asked.scope, asked.query, [asked.by]);
  if (!data) {
    return error ? <Said error={error} /> : <Loading />;
  }
  if (data.totals.length === 0) {
    return <p className="text-muted-foreground">{t("usage.nothing")}</p>;
  }
  // While another division is on its way, the one before is still shown, under its own name.
  const by = data.by[0] as Group;
  return <GroupTable key={by} by={by} totals={data.totals} isComplete={data.is_complete} onOnly={onFilter} />;
}

type Loose = { [Name in keyof UsageSearch]?: UsageSearch[Name] | undefined };

/** Leave out what says nothing, so that it does not stand in the address. */
function without(search: Loose): UsageSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as UsageSearch;
}
