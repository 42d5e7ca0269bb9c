import { useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { NotFound } from "../../shell/NotFound";
import { Loading } from "../../ui/Loading";
import { findPage } from "./pages";

/** The page of administration that the address names. Each object has a state of its own. */
export function AdminPlace() {
  const { page: id = "", name = null } = useParams({ strict: false });
  const page = findPage(id);
  if (!page) {
    return <NotFound />;
  }
  const Shown = page.component;
  return (
    <Suspense fallback={<Loading />}>
      <Shown key={`${id}/${name ?? ""}`} name={name} />
    </Suspense>
  );
}
