import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { readFilters } from "./admin/kit/filters";
import { Failed } from "./shell/Failed";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";
import { readUsageSearch } from "./usage/asked";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/chat", replace: true });
  },
});

export const newChatRoute = createRoute({
  getParentRoute: () => root,
  path: "/chat",
  validateSearch: (search: Record<string, unknown>): { temporary?: true } => (search.temporary ? { temporary: true } : {}),
  component: lazyRouteComponent(() => import("./chat/NewChatPage"), "NewChatPage"),
});

export const conversationRoute = createRoute({
  getParentRoute: () => root,
  path: "/chat/$conversationId",
  validateSearch: (search: Record<string, unknown>): { message?: string } =>
    typeof search.message === "string" ? { message: search.message } : {},
  component: lazyRouteComponent(() => import("./chat/ConversationPage"), "ConversationPage"),
});

export const searchRoute = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === "string" ? { q: search.q } : {},
  component: lazyRouteComponent(() => import("./search/SearchPage"), "SearchPage"),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./welcome/WelcomePage"), "WelcomePage"),
});

export const usageRoute = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import("./usage/MyUsagePage"), "MyUsagePage"),
});

const ownKeys = createRoute({
  getParentRoute: () => root,
  path: "/keys",
  validateSearch: readFilters,
  component: lazyRouteComponent(() => import("./keys/MyKeysPage"), "MyKeysPage"),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  component: lazyRouteComponent(() => import("./admin/frame/Overview"), "Overview"),
});

const AdminPlace = lazyRouteComponent(() => import("./admin/frame/AdminPlace"), "AdminPlace");

const adminPage = createRoute({
  getParentRoute: () => root,
  path: "/admin/$page",
  validateSearch: readFilters,
  component: AdminPlace,
});

const adminObject = createRoute({
  getParentRoute: () => root,
  path: "/admin/$page/$name",
  validateSearch: readFilters,
  component: AdminPlace,
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    welcome,
    newChatRoute,
    conversationRoute,
    searchRoute,
    usageRoute,
    ownKeys,
    overview,
    adminPage,
    adminObject,
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: Failed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
