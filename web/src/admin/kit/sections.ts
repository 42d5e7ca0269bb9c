/** The objects of the sections of drawbridge.yaml, as the API reads and writes them. */
import { api, taken } from "../../api/client";
import type { components } from "../../api/schema";

type Bodies = components["schemas"];

/** Each section with its objects. */
export interface Sections {
  agents: Bodies["AgentObject"];
  audit_streams: Bodies["AuditStreamObject"];
  budgets: Bodies["BudgetObject"];
  deployments: Bodies["DeploymentObject"];
  grants: Bodies["GrantObject"];
  groups: Bodies["GroupObject"];
  limits: Bodies["LimitObject"];
  models: Bodies["ModelObject"];
  organisation: Bodies["OrganisationObject"];
  prices: Bodies["PriceObject"];
  projects: Bodies["ProjectObject"];
  providers: Bodies["ProviderObject"];
  roles: Bodies["RoleObject"];
  service_accounts: Bodies["ServiceAccountObject"];
  teams: Bodies["TeamObject"];
  users: Bodies["UserObject"];
}

export type Section = keyof Sections;
export type Entry<S extends Section> = Sections[S]["entry"];

export interface ObjectsPage<S extends Section> {
  objects: Sections[S][];
  next: string | null;
}

/** The calls are the same for every section, which the generated types cannot say. */
interface AnyCalls {
  GET(path: string, init: object): Promise<{ data?: unknown }>;
  PUT(path: string, init: object): Promise<{ data?: unknown }>;
  DELETE(path: string, init: object): Promise<unknown>;
}

const calls = api as unknown as AnyCalls;
const LARGEST_PAGE = 500;

/** Sections that are one entry, whose name is that of the section. */
const SINGLE: ReadonlySet<Section> = new Set<Section>(["organisation", "prices"]);

const one = (section: Section) => (SINGLE.has(section) ? `/api/${section}` : `/api/${section}/{name}`);

export async function listObjects<S extends Section>(section: S, cursor: string): Promise<ObjectsPage<S>> {
  const query = cursor ? { limit: LARGEST_PAGE, cursor } : { limit: LARGEST_PAGE };
  const page = taken(await calls.GET(`/api/${section}`, { params: { query } })) as Record<string, unknown>;
  return { objects: page[section] as Sections[S][], next: page.next_cursor as string | null };
}

export async function getObject<S extends Section>(section: S, name: string): Promise<Sections[S]> {
  return taken(await calls.GET(one(section), { params: { path: { name } } })) as Sections[S];
}

/** Write an object as it is to be from now on. `etag` is of the version that is known; null: it is to be new. */
export async function putObject<S extends Section>(
  section: S,
  name: string,
  body: Entry<S>,
  etag: string | null,
): Promise<Sections[S]> {
  const header = etag === null ? { "If-None-Match": "*" } : { "If-Match": etag };
  return taken(await calls.PUT(one(section), { params: { path: { name }, header }, body })) as Sections[S];
}

export async function deleteObject(section: Section, name: string, etag: string): Promise<void> {
  await calls.DELETE(one(section), { params: { path: { name }, header: { "If-Match": etag } } });
}
