export const PRESETS = ["today", "week", "month", "thirty", "lastMonth", "ninety", "year"] as const;
export type Preset = (typeof PRESETS)[number];

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whole days of UTC: `since` is the first of them, `until` the day behind the last. */
export interface Span {
  since: Date;
  until: Date;
}

export function isDate(written: unknown): written is string {
  return typeof written === "string" && DATE.test(written) && !Number.isNaN(Date.parse(written));
}

export function dateOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** Return the days that a preset means at a moment; the last of them is today, unless it says otherwise. */
export function presetSpan(preset: Preset, now: Date): Span {
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  const until = days(today, 1);
  const firstOfMonth = (back: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
  switch (preset) {
    case "today":
      return { since: today, until };
    case "week":
      return { since: days(today, -6), until };
    case "thirty":
      return { since: days(today, -29), until };
    case "ninety":
      return { since: days(today, -89), until };
    case "month":
      return { since: firstOfMonth(0), until };
    case "lastMonth":
      return { since: firstOfMonth(1), until: firstOfMonth(0) };
    case "year":
      return { since: new Date(Date.UTC(now.getUTCFullYear(), 0, 1)), until };
  }
}

/** Return the days from a first to a last one, which is included; in whatever order they were given. */
export function daysBetween(first: string, last: string): Span {
  const [since = first, until = last] = [first, last].sort();
  return { since: new Date(since), until: days(new Date(until), 1) };
}

/** The days right before a span, as many as it has: what it is compared with. */
export function before(span: Span): Span {
  return { since: new Date(2 * span.since.getTime() - span.until.getTime()), until: span.since };
}

export type Grain = "hour" | "day" | "month";

const MOST_HOURLY_DAYS = 2;
const MOST_DAILY_DAYS = 100;

export function grainOf(span: Span): Grain {
  const length = (span.until.getTime() - span.since.getTime()) / DAY_MS;
  if (length <= MOST_HOURLY_DAYS) {
    return "hour";
  }
  return length <= MOST_DAILY_DAYS ? "day" : "month";
}

/** Name every step of a span as the API names it, so that those without usage are there too. */
export function stepsOf(span: Span, grain: Grain): string[] {
  const steps: string[] = [];
  for (let at = span.since; at < span.until; at = nextStep(at, grain)) {
    steps.push(stepName(at.toISOString(), grain));
  }
  return steps;
}

/** Cut a time as the API writes it to the step that it is in. */
export function stepName(written: string, grain: Grain): string {
  const lengths = { hour: 13, day: 10, month: 7 };
  return written.slice(0, lengths[grain]);
}

/** Write a step for people, in UTC as it is counted. */
export function stepLabel(step: string, grain: Grain, language: string): string {
  const forms: Record<Grain, Intl.DateTimeFormatOptions> = {
    hour: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    day: { day: "numeric", month: "short" },
    month: { month: "short", year: "numeric" },
  };
  const whole = { hour: `${step}:00:00Z`, day: step, month: `${step}-01` }[grain];
  return new Intl.DateTimeFormat(language, { ...forms[grain], timeZone: "UTC" }).format(new Date(whole));
}

function nextStep(at: Date, grain: Grain): Date {
  if (grain === "month") {
    return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  return grain === "day" ? days(at, 1) : new Date(at.getTime() + DAY_MS / 24);
}

function days(from: Date, count: number): Date {
  return new Date(from.getTime() + count * DAY_MS);
}
