import { useTranslation } from "react-i18next";
import { useObjects } from "../kit/objects";
import { PageLink } from "../kit/PageLink";
import { subjectsOf } from "./grants";

/** The grants that give, or refuse, a role. */
export function RoleGrants({ role }: { role: string }) {
  const { t } = useTranslation();
  const grants = useObjects("grants").objects.filter((grant) => grant.entry.role === role);
  return (
    <section className="mt-8 text-sm">
      <h2 className="mb-2 font-semibold">{t("roles.granted")}</h2>
      {grants.length === 0 ? <p className="text-muted-foreground">{t("roles.grantedToNobody")}</p> : null}
      <ul>
        {grants.map((grant) => (
          <li key={grant.name} className="py-0.5 break-words">
            <PageLink page="grants" name={grant.name}>
              {grant.name}
            </PageLink>
            : {subjectsOf(grant.entry).join(", ")}
          </li>
        ))}
      </ul>
    </section>
  );
}
