import { useTranslation } from "react-i18next";
import { SelectField } from "../../kit/fields/SelectField";
import { TextField } from "../../kit/fields/TextField";
import { WordsField } from "../../kit/fields/WordsField";
import type { Entry } from "../../kit/sections";
import { More } from "../More";

type Profile = NonNullable<Entry<"deployments">["profile"]>;
type Thinking = NonNullable<Profile["thinking"]>;

interface ProfileFieldsProps {
  profile: Profile;
  set: (profile: Profile) => void;
}

const ABILITIES = [
  "tools",
  "images",
  "documents",
  "audio",
  "video",
  "output_schema",
  "takes_sampling",
  "takes_temperature_with_top_p",
  "takes_prefill",
  "takes_late_system",
  "takes_responses",
  "needs_call_seals",
] as const;
const COUNTS = ["context_tokens", "max_output_tokens"] as const;
const MEMBERS = ["extensions", "refuses"] as const;
const THINKING: readonly Thinking[] = ["none", "budget", "effort", "adaptive"];
const LIMITS = ["max_tokens", "max_completion_tokens"] as const;

/** What the model can do, where Drawbridge knows it wrongly or not at all. */
export function ProfileFields({ profile, set }: ProfileFieldsProps) {
  const { t } = useTranslation();
  const asKnown = { value: "" as const, label: t("deployments.asKnown") };
  return (
    <More title={t("deployments.profile")}>
      <p className="mb-3 text-sm text-muted-foreground">{t("deployments.profileAbout")}</p>
      <div className="grid gap-x-4 sm:grid-cols-2">
        {ABILITIES.map((ability) => (
          <SelectField
            key={ability}
            label={t(`deployments.ability.${ability}`)}
            path={`profile.${ability}`}
            value={wordOf(profile[ability])}
            options={[asKnown, { value: "yes", label: t("deployments.yes") }, { value: "no", label: t("deployments.no") }]}
            onChange={(word) => set({ ...profile, [ability]: word === "" ? null : word === "yes" })}
          />
        ))}
        <SelectField
          label={t("deployments.thinking")}
          path="profile.thinking"
          value={profile.thinking ?? ""}
          options={[asKnown, ...THINKING.map((style) => ({ value: style, label: t(`deployments.thinkingStyle.${style}`) }))]}
          onChange={(style) => set({ ...profile, thinking: style || null })}
        />
        <SelectField
          label={t("deployments.limitMember")}
          path="profile.output_limit_member"
          value={profile.output_limit_member ?? ""}
          options={[asKnown, ...LIMITS.map((member) => ({ value: member, label: member }))]}
          onChange={(member) => set({ ...profile, output_limit_member: member || null })}
        />
        {COUNTS.map((name) => (
          <TextField
            key={name}
            label={t(`deployments.count.${name}`)}
            path={`profile.${name}`}
            type="number"
            min={1}
            value={profile[name]?.toString() ?? ""}
            onChange={(typed) => set({ ...profile, [name]: typed ? Number(typed) : null })}
          />
        ))}
      </div>
      <TextField
        label={t("providers.ceiling")}
        hint={t("providers.ceilingHint")}
        path="profile.ceiling_usd"
        inputMode="decimal"
        placeholder="0.50"
        value={profile.ceiling_usd ?? ""}
        onChange={(ceiling_usd) => set({ ...profile, ceiling_usd: ceiling_usd.trim() || null })}
      />
      {MEMBERS.map((name) => (
        <WordsField
          key={name}
          label={t(`deployments.members.${name}`)}
          path={`profile.${name}`}
          add={t("deployments.addMember")}
          values={profile[name] ?? []}
          onChange={(words) => set({ ...profile, [name]: words.length ? words : null })}
        />
      ))}
    </More>
  );
}

function wordOf(able: boolean | null | undefined): string {
  if (able === null || able === undefined) {
    return "";
  }
  return able ? "yes" : "no";
}
