import type { Entry } from "../../kit/sections";

type Model = Entry<"models">;

/** A deployment on a route, with its share of the calls beside the others. */
export interface Step {
  deployment: string;
  weight: number;
}

export function stepsOf(model: Model): Step[] {
  return model.route.map((step) =>
    typeof step === "string" ? { deployment: step, weight: 1 } : { deployment: step.deployment, weight: step.weight ?? 1 },
  );
}

/** Write steps as a file would: those of the usual weight by name alone. */
export function routeOf(steps: readonly Step[]): Model["route"] {
  return steps.map((step) => (step.weight === 1 ? step.deployment : step));
}

/** How much of the calls a step gets, from 0 to 1. */
export function shareOf(step: Step, steps: readonly Step[]): number {
  const all = steps.reduce((sum, each) => sum + each.weight, 0);
  return all > 0 ? step.weight / all : 0;
}
