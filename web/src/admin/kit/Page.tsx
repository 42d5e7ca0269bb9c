import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { usePageTitle } from "../../shell/pageTitle";
import { PageLink } from "./PageLink";

interface PageProps {
  title: string;
  /** What the page is for, in a sentence or two. */
  about?: string;
  /** The page above: its id, and what it is called. */
  above?: { page: string; title: string };
  /** Buttons and links for what can be done here. */
  actions?: ReactNode;
  children: ReactNode;
}

/** What a page of administration begins with, and how wide it is. */
export function Page({ title, about, above, actions, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto w-full max-w-5xl p-4 md:p-6">
        {above ? (
          <PageLink page={above.page} className="-ml-1 inline-flex min-h-9 items-center gap-1 text-sm text-muted-foreground hover:text-foreground">
            <ChevronLeft size={16} aria-hidden />
            {above.title}
          </PageLink>
        ) : null}
        <header className="mb-4 flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0 flex-1 basis-72">
            <h1 className="text-xl font-semibold break-words">{title}</h1>
            {about ? <p className="mt-1 max-w-2xl text-sm text-muted-foreground">{about}</p> : null}
          </div>
          {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
        </header>
        {children}
      </div>
    </div>
  );
}
