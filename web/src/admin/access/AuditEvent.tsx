import { useTranslation } from "react-i18next";
import { CopyButton } from "../../chat/CopyButton";
import { Button } from "../../ui/Button";
import { Modal } from "../../ui/Modal";
import type { Event } from "./audit";

interface AuditEventProps {
  event: Event;
  onClose: () => void;
}

/** Everything that the record says of one event. */
export function AuditEvent({ event, onClose }: AuditEventProps) {
  const { t, i18n } = useTranslation();
  const { actor } = event;
  const exact = new Intl.DateTimeFormat(i18n.language, { dateStyle: "full", timeStyle: "long" });
  const told: [string, string][] = [
    [t("audit.time"), exact.format(new Date(event.time))],
    [t("audit.actor"), `${actor.name} (${actor.kind})`],
    [t("audit.via"), [actor.via, actor.address].filter(Boolean).join(", ")],
    [t("audit.action"), event.action],
    [t("audit.object"), `${event.object_kind} ${event.object_name}`.trim()],
    [t("audit.outcome"), t(`outcome.${event.outcome}`)],
    [t("audit.hash"), event.hash],
  ];
  const title = t("audit.one", { number: event.number });
  return (
    <Modal label={title} onClose={onClose} closedBy="any" className="max-w-2xl p-5">
      <div className="mb-3 flex items-center justify-between gap-2">
        <h2 className="font-semibold">{title}</h2>
        <CopyButton text={JSON.stringify(event, null, 2)} />
      </div>
      <dl className="mb-4 grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        {told.map(([term, text]) => (
          <div key={term} className="contents">
            <dt className="text-muted-foreground">{term}</dt>
            <dd className="break-all">{text}</dd>
          </div>
        ))}
      </dl>
      {Object.keys(event.detail).length ? (
        <>
          <h3 className="mb-1 text-sm font-semibold">{t("audit.detail")}</h3>
          {/* It scrolls where there is no room, by keys too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} className="mb-4 max-h-72 overflow-auto rounded-md bg-sidebar p-3 text-xs">
            {JSON.stringify(event.detail, null, 2)}
          </pre>
        </>
      ) : null}
      <div className="flex justify-end">
        <Button onClick={onClose}>{t("access.close")}</Button>
      </div>
    </Modal>
  );
}
