import { Outlet, useLocation } from "@tanstack/react-router";
import { Menu } from "lucide-react";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isAsked, watchStepUp } from "../api/stepUp";
import { IconButton } from "../ui/Button";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { CommandMenu } from "./CommandMenu";
import { Navigation } from "./Navigation";
import { useMe } from "./session";

const SIDE = "navigation";
const StepUp = lazy(async () => ({ default: (await import("./StepUp")).StepUp }));

/** What is around every page: navigation, the command menu, and who is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const { pathname } = useLocation();
  // Where the navigation was opened: going elsewhere closes it.
  const [openAt, setOpenAt] = useState<string | null>(null);
  const isOpen = openAt === pathname;
  const [asksCommand, setAsksCommand] = useState(false);
  const asksStepUp = useSyncExternalStore(watchStepUp, isAsked);

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        setAsksCommand((asks) => !asks);
      } else if (event.key === "Escape") {
        setOpenAt(null);
      }
    }
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);

  if (!me.data) {
    return me.error ? <Said error={me.error} className="m-6" /> : <Loading />;
  }
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#content"
        className="absolute top-2 left-2 z-30 -translate-y-20 rounded-md bg-primary px-3 py-2 text-primary-foreground focus:translate-y-0"
      >
        {t("nav.skip")}
      </a>
      <header className="flex items-center gap-2 border-b border-border bg-sidebar px-2 py-1 md:hidden">
        <IconButton label={t("nav.menu")} aria-expanded={isOpen} aria-controls={SIDE} onClick={() => setOpenAt(isOpen ? null : pathname)}>
          <Menu size={20} aria-hidden />
        </IconButton>
        <span className="font-semibold">Drawbridge</span>
      </header>
      <div
        id={SIDE}
        className={`${isOpen ? "flex" : "hidden"} min-h-0 w-full flex-1 flex-col bg-sidebar md:flex md:w-72 md:flex-none md:border-r md:border-border`}
      >
        <Navigation me={me.data} onCommand={() => setAsksCommand(true)} />
      </div>
      <main
        id="content"
        tabIndex={-1}
        className={`${isOpen ? "hidden md:flex" : "flex"} min-h-0 min-w-0 flex-1 flex-col outline-none`}
      >
        {me.data.organisation ? (
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        ) : (
          <p className="p-6">
            {t("nav.noOrganisation")}{" "}
            <a href="/account" className="text-primary underline">
              {t("nav.account")}
            </a>
          </p>
        )}
      </main>
      {asksCommand ? <CommandMenu onClose={() => setAsksCommand(false)} /> : null}
      <Suspense>{asksStepUp ? <StepUp /> : null}</Suspense>
    </div>
  );
}
