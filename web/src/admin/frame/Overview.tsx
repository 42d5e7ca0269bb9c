import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAbilities } from "../../shell/abilities";
import { Loading } from "../../ui/Loading";
import { Said } from "../../ui/Said";
import { Page } from "../kit/Page";
import { pagesFor } from "./pages";

/** Everything that one may look after, with what it is for. */
export function Overview() {
  const { t } = useTranslation();
  const abilities = useAbilities();
  const areas = pagesFor(abilities.data);
  if (abilities.isPending) {
    return <Loading />;
  }
  return (
    <Page title={t("admin.title")} about={t("admin.about")}>
      <Said error={abilities.error} />
      {abilities.isSuccess && areas.length === 0 ? <p>{t("admin.nothing")}</p> : null}
      {areas.map((area) => (
        <section key={area.title(t)} className="mb-6">
          <h2 className="mb-2 font-semibold">{area.title(t)}</h2>
          <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
            {area.pages.map((page) => (
              <li key={page.id}>
                <Link
                  to="/admin/$page"
                  params={{ page: page.id }}
                  className="flex h-full gap-3 rounded-lg border border-border p-3 hover:bg-accent"
                >
                  <page.icon size={20} aria-hidden className="mt-0.5 shrink-0 text-muted-foreground" />
                  <span>
                    <span className="block font-semibold">{page.title(t)}</span>
                    <span className="block text-sm text-muted-foreground">{page.about(t)}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}
