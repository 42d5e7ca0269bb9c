import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAbilities } from "../../shell/abilities";
import { pagesFor } from "./pages";

const ROW = "flex min-h-9 items-center gap-2 rounded-md px-2 text-sm hover:bg-accent";

/** The pages of administration that one may see, in the place of the conversations. */
export function AdminNavigation() {
  const { t } = useTranslation();
  const areas = pagesFor(useAbilities().data);
  return (
    <nav aria-label={t("admin.title")} className="mt-4 min-h-0 flex-1 overflow-y-auto px-2 pb-2">
      {areas.map((area) => (
        <div key={area.title(t)} className="mb-3">
          <h2 className="px-2 pb-1 text-xs font-semibold text-muted-foreground">{area.title(t)}</h2>
          <ul>
            {area.pages.map((page) => (
              <li key={page.id}>
                <Link
                  to="/admin/$page"
                  params={{ page: page.id }}
                  className={ROW}
                  activeOptions={{ includeSearch: false }}
                  activeProps={{ className: "bg-accent font-semibold" }}
                >
                  <page.icon size={16} aria-hidden />
                  {page.title(t)}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
