import { createContext, useContext } from "react";
import { type Problem, Refusal } from "../../api/refusal";

/** What the API found wrong with what a form sent. */
export const ProblemsContext = createContext<readonly Problem[]>([]);

export function problemsOf(error: unknown): readonly Problem[] {
  return error instanceof Refusal ? error.problems : [];
}

/** The problems with one setting, or with anything in it. Its path is that of the body, without `$.`. */
export function useProblems(path: string | undefined): readonly Problem[] {
  const all = useContext(ProblemsContext);
  return path === undefined ? [] : all.filter((problem) => isWithin(problem.path, `$.${path}`));
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
