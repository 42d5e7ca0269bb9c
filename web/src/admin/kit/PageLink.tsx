import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface PageLinkProps {
  /** The id of a page of administration. */
  page: string;
  /** One of its objects, or NEW; left out, the page of all of them. */
  name?: string | undefined;
  /** What stands behind the question mark of the address. */
  filters?: Record<string, string>;
  className?: string;
  children: ReactNode;
}

const LINK = "text-primary underline underline-offset-2";
const BUTTON = "inline-flex min-h-9 items-center justify-center gap-1.5 rounded-md px-3 py-2 text-sm";

/** A link to a page of administration, or to one of its objects. */
export function PageLink({ page, name, filters = {}, className = LINK, children }: PageLinkProps) {
  return name === undefined ? (
    <Link to="/admin/$page" params={{ page }} search={filters} preload={false} className={className}>
      {children}
    </Link>
  ) : (
    <Link to="/admin/$page/$name" params={{ page, name }} search={filters} preload={false} className={className}>
      {children}
    </Link>
  );
}

/** The same as a button that stands out: for what is done most on a page. */
export function FirstLink(props: Omit<PageLinkProps, "className">) {
  return <PageLink {...props} className={`${BUTTON} bg-primary font-semibold text-primary-foreground`} />;
}

/** The same as a button among others. */
export function SecondLink(props: Omit<PageLinkProps, "className">) {
  return <PageLink {...props} className={`${BUTTON} border border-control hover:bg-accent`} />;
}
