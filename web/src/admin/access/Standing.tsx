import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button } from "../../ui/Button";
import { Confirm } from "../kit/Confirm";

type Section = "users" | "service_accounts" | "agents";

/** The calls by which each kind of principal is kept out and let in again. */
const CALLS = {
  users: {
    suspend: (name: string) => api.POST("/api/users/{name}/suspend", { params: { path: { name } } }),
    reactivate: (name: string) => api.POST("/api/users/{name}/reactivate", { params: { path: { name } } }),
  },
  service_accounts: {
    suspend: (name: string) => api.POST("/api/service_accounts/{name}/suspend", { params: { path: { name } } }),
    reactivate: (name: string) => api.POST("/api/service_accounts/{name}/reactivate", { params: { path: { name } } }),
  },
  agents: {
    suspend: (name: string) => api.POST("/api/agents/{name}/suspend", { params: { path: { name } } }),
    reactivate: (name: string) => api.POST("/api/agents/{name}/reactivate", { params: { path: { name } } }),
  },
} as const;

interface StandingProps {
  section: Section;
  name: string;
  isSuspended: boolean;
}

/** Keeps somebody out at once, or lets them in again. */
export function Standing({ section, name, isSuspended }: StandingProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const act = isSuspended ? "reactivate" : "suspend";
  const change = useMutation({
    mutationFn: () => CALLS[section][act](name),
    onSuccess: async () => {
      setAsked(false);
      await queries.invalidateQueries({ queryKey: ["object", section, name] });
      await queries.invalidateQueries({ queryKey: ["objects", section] });
    },
  });
  const label = isSuspended ? t("standing.reactivate") : t("standing.suspend");
  return (
    <>
      <Button onClick={() => setAsked(true)}>{label}</Button>
      {isAsked ? (
        <Confirm
          title={isSuspended ? t("standing.reactivateQuestion", { name }) : t("standing.suspendQuestion", { name })}
          text={isSuspended ? t("standing.reactivateText") : t("standing.suspendText")}
          act={label}
          isDangerous={!isSuspended}
          error={change.error}
          isPending={change.isPending}
          onAct={() => change.mutate()}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </>
  );
}
