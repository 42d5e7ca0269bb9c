import { Link, useLocation } from "@tanstack/react-router";
import { ChartColumn, Command, Footprints, KeyRound, Search, Settings2, SquarePen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AdminNavigation } from "../admin/frame/AdminNavigation";
import { pagesFor } from "../admin/frame/pages";
import { ConversationList } from "../chat/ConversationList";
import { Button } from "../ui/Button";
import type { Me } from "./session";
import { useAbilities, useMayOwnKeys } from "./abilities";
import { areFirstStepsOpen } from "./firstSteps";
import { Preferences } from "./Preferences";

interface NavigationProps {
  me: Me;
  onCommand: () => void;
}

const ROW = "flex min-h-9 items-center gap-2 rounded-md px-2 text-sm hover:bg-accent";

/** What there is within the part of the workspace where one is. */
function Within({ me, isAdministration }: { me: Me; isAdministration: boolean }) {
  if (me.organisation === null) {
    return <div className="flex-1" />;
  }
  return isAdministration ? <AdminNavigation /> : <ConversationList />;
}

export function Navigation({ me, onCommand }: NavigationProps) {
  const { t } = useTranslation();
  const isAdministration = useLocation().pathname.startsWith("/admin");
  const mayOwnKeys = useMayOwnKeys();
  const administers = pagesFor(useAbilities().data).length > 0;
  return (
    <>
      <div className="flex items-center gap-2 px-4 pt-4 pb-2">
        <img src="/sign-in-assets/mark.svg" alt="" width="24" height="24" />
        <span className="min-w-0">
          <span className="block font-semibold">Drawbridge</span>
          <span className="block truncate text-xs text-muted-foreground">{me.organisation}</span>
        </span>
      </div>
      <nav aria-label={t("nav.label")} className="px-2">
        {areFirstStepsOpen() ? (
          <Link to="/welcome" className={ROW} activeProps={{ className: "bg-accent" }}>
            <Footprints size={16} aria-hidden />
            {t("firstSteps")}
          </Link>
        ) : null}
        <Link to="/chat" activeOptions={{ exact: true }} className={ROW} activeProps={{ className: "bg-accent" }}>
          <SquarePen size={16} aria-hidden />
          {t("nav.newChat")}
        </Link>
        <Link to="/search" className={ROW} activeProps={{ className: "bg-accent" }}>
          <Search size={16} aria-hidden />
          {t("nav.search")}
        </Link>
        <Link to="/usage" className={ROW} activeProps={{ className: "bg-accent" }}>
          <ChartColumn size={16} aria-hidden />
          {t("usage.mine")}
        </Link>
        {mayOwnKeys ? (
          <Link to="/keys" className={ROW} activeProps={{ className: "bg-accent" }}>
            <KeyRound size={16} aria-hidden />
            {t("keys.mine")}
          </Link>
        ) : null}
        {administers ? (
          <Link to="/admin" className={ROW} activeProps={{ className: "bg-accent" }}>
            <Settings2 size={16} aria-hidden />
            {t("admin.title")}
          </Link>
        ) : null}
        <Button look="quiet" onClick={onCommand} className={`${ROW} w-full justify-start! text-foreground`}>
          <Command size={16} aria-hidden />
          <span className="flex-1 text-left">{t("nav.command")}</span>
          <kbd className="text-xs text-muted-foreground">{t("nav.commandKey")}</kbd>
        </Button>
      </nav>
      <Within me={me} isAdministration={isAdministration} />
      <Preferences me={me} />
    </>
  );
}
