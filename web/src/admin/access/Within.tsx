import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useObjects } from "../kit/objects";
import { PageLink } from "../kit/PageLink";
import type { Sections } from "../kit/sections";
import { called } from "./labels";

interface Found {
  page: string;
  name: string;
  label: string;
}

interface WithinProps {
  section: "teams" | "groups";
  name: string;
}

type Member = Sections["users"] | Sections["service_accounts"] | Sections["agents"];

function belongs(member: Member, { section, name }: WithinProps): boolean {
  const entry: { teams?: string[]; team?: string | null; groups?: string[] } = member.entry;
  return section === "groups" ? (entry.groups?.includes(name) ?? false) : (entry.teams?.includes(name) ?? false) || entry.team === name;
}

const labelled = (page: string) => (each: { name: string; entry: { display_name?: string } }) => ({
  page,
  name: each.name,
  label: called(each.name, each.entry.display_name ?? ""),
});

/** What a team or group holds: what is directly below it, its people and programs, and a team's projects. */
export function Within(place: WithinProps) {
  const { t } = useTranslation();
  const { section, name } = place;
  const below = useObjects(section).objects.filter((each) => each.entry.parent === name);
  const users = useObjects("users").objects.filter((each) => belongs(each, place));
  const programs = useObjects("service_accounts").objects.filter((each) => belongs(each, place));
  const agents = useObjects("agents").objects.filter((each) => belongs(each, place));
  const projects = useObjects("projects").objects.filter((each) => section === "teams" && each.entry.team === name);
  const lists = [
    { title: t("within.below"), found: below.map(labelled(section)) },
    { title: t("members.title"), found: users.map(labelled("members")) },
    { title: t("programs.service_accounts"), found: programs.map(labelled("service-accounts")) },
    { title: t("programs.agents"), found: agents.map(labelled("agents")) },
    { title: t("projects.title"), found: projects.map(labelled("projects")) },
  ].filter((list) => list.found.length > 0);
  return (
    <section className="mt-8">
      <h2 className="mb-2 font-semibold">{t("within.title")}</h2>
      {lists.length === 0 ? <p className="text-sm text-muted-foreground">{t("within.nothing")}</p> : null}
      <div className="grid gap-4 sm:grid-cols-2">
        {lists.map((list) => (
          <FoundList key={list.title} title={list.title} found={list.found} />
        ))}
      </div>
    </section>
  );
}

const SHOWN = 20;

function FoundList({ title, found }: { title: string; found: readonly Found[] }) {
  const { t } = useTranslation();
  const shown = useMemo(() => found.slice(0, SHOWN), [found]);
  return (
    <div className="rounded-lg border border-border p-3 text-sm">
      <h3 className="mb-1 font-semibold">{title}</h3>
      <ul>
        {shown.map((each) => (
          <li key={each.name} className="py-0.5 break-words">
            <PageLink page={each.page} name={each.name}>
              {each.label}
            </PageLink>
          </li>
        ))}
      </ul>
      {found.length > shown.length ? (
        <p className="mt-1 text-muted-foreground">{t("within.more", { count: found.length - shown.length })}</p>
      ) : null}
    </div>
  );
}
