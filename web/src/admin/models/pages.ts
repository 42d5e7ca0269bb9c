/** Providers, deployments, models and prices. */
import { CircleDollarSign, KeyRound, Plug, Route, Server } from "lucide-react";
import { lazy } from "react";
import type { AdminPage } from "../frame/pages";

export const MODELS_PAGES: readonly AdminPage[] = [
  {
    id: "providers",
    title: (t) => t("providers.title"),
    about: (t) => t("providers.about"),
    icon: Plug,
    shows: ["provider"],
    component: lazy(async () => ({ default: (await import("./ProvidersPage")).ProvidersPage })),
  },
  {
    id: "deployments",
    title: (t) => t("deployments.title"),
    about: (t) => t("deployments.about"),
    icon: Server,
    shows: ["deployment"],
    component: lazy(async () => ({ default: (await import("./DeploymentsPage")).DeploymentsPage })),
  },
  {
    id: "models",
    title: (t) => t("routes.title"),
    about: (t) => t("routes.about"),
    icon: Route,
    shows: ["model"],
    component: lazy(async () => ({ default: (await import("./ModelsPage")).ModelsPage })),
  },
  {
    id: "prices",
    title: (t) => t("prices.title"),
    about: (t) => t("prices.about"),
    icon: CircleDollarSign,
    shows: ["price"],
    component: lazy(async () => ({ default: (await import("./prices/PricesPage")).PricesPage })),
  },
  {
    id: "secrets",
    title: (t) => t("secrets.title"),
    about: (t) => t("secrets.about"),
    icon: KeyRound,
    shows: ["secret"],
    component: lazy(async () => ({ default: (await import("./secrets/SecretsPage")).SecretsPage })),
  },
];
