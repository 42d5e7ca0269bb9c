/** The pages of administration, by area: each area lists its own. */
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import type { ComponentType, LazyExoticComponent } from "react";
import { ACCESS_PAGES } from "../access/pages";
import { FIRST_PAGES } from "../first/pages";
import { MODELS_PAGES } from "../models/pages";
import { MONEY_PAGES } from "../money/pages";
import type { Abilities, Kind } from "../../shell/abilities";

export interface AdminPageProps {
  /** Of the object that is looked at; null for the page of all of them, NEW for one that is being made. */
  name: string | null;
}

export interface AdminPage {
  /** Where it is: /admin/<id>, and /admin/<id>/<name> for one of its objects. */
  id: string;
  title: (t: TFunction) => string;
  /** What it is for, in one sentence. */
  about: (t: TFunction) => string;
  icon: LucideIcon;
  /** The kinds of objects that it shows: whoever may read some of one of them is led to it. */
  shows: readonly Kind[];
  component: LazyExoticComponent<ComponentType<AdminPageProps>>;
}

export interface AdminArea {
  title: (t: TFunction) => string;
  pages: readonly AdminPage[];
}

/** No object has this name: names begin with a letter or digit. */
export const NEW = "~new";

const AREAS: readonly AdminArea[] = [
  { title: (t) => t("admin.area.first"), pages: FIRST_PAGES },
  { title: (t) => t("admin.area.access"), pages: ACCESS_PAGES },
  { title: (t) => t("admin.area.models"), pages: MODELS_PAGES },
  { title: (t) => t("admin.area.money"), pages: MONEY_PAGES },
];

export function findPage(id: string): AdminPage | undefined {
  return AREAS.flatMap((area) => area.pages).find((page) => page.id === id);
}

/** The areas and pages that are worth showing to somebody with these abilities. */
export function pagesFor(abilities: Abilities | undefined): AdminArea[] {
  const isShown = (page: AdminPage) => page.shows.some((kind) => abilities?.read.includes(kind));
  return AREAS.map((area) => ({ ...area, pages: area.pages.filter(isShown) })).filter((area) => area.pages.length > 0);
}
