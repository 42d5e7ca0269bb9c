/** Keys and the state of the installation. */
import { HeartPulse, KeyRound } from "lucide-react";
import { lazy } from "react";
import type { AdminPage } from "../frame/pages";

export const FIRST_PAGES: readonly AdminPage[] = [
  {
    id: "keys",
    title: (t) => t("keys.title"),
    about: (t) => t("keys.about"),
    icon: KeyRound,
    shows: ["key"],
    component: lazy(async () => ({ default: (await import("../../keys/KeysPage")).KeysPage })),
  },
  {
    id: "health",
    title: (t) => t("health.title"),
    about: (t) => t("health.about"),
    icon: HeartPulse,
    shows: ["organisation"],
    component: lazy(async () => ({ default: (await import("../../health/HealthPage")).HealthPage })),
  },
];
