const KEPT = "first-steps";
const OPEN = "open";

/** Whether somebody began with the first steps, and has not said that they are done. */
export function areFirstStepsOpen(): boolean {
  return localStorage.getItem(KEPT) === OPEN;
}

export function openFirstSteps(): void {
  localStorage.setItem(KEPT, OPEN);
}

export function closeFirstSteps(): void {
  localStorage.removeItem(KEPT);
}
