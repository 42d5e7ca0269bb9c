import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";
import { LocalServers } from "./LocalServers";
import { ProviderRow } from "./ProviderRow";
import { REHEARSAL, useProviders } from "./providers";
import { VendorKeyForm } from "./VendorKeyForm";

/** Who is to answer: vendors by their keys, servers on the machine, or the built-in rehearsal. */
export function AnswererStep({ onRehearse }: { onRehearse: () => void }) {
  const { t } = useTranslation();
  const { data: providers = [], error } = useProviders();
  const real = providers.filter((provider) => provider.name !== REHEARSAL);
  return (
    <div className="space-y-5">
      <Said error={error} />
      {real.length > 0 ? (
        <section>
          <h3 className="mb-2 text-sm font-semibold">{t("welcome.present")}</h3>
          <ul className="space-y-2">
            {real.map((provider) => (
              <ProviderRow key={provider.name} provider={provider} />
            ))}
          </ul>
        </section>
      ) : null}
      <section>
        <h3 className="mb-2 text-sm font-semibold">{t("welcome.vendor")}</h3>
        <VendorKeyForm />
      </section>
      <section>
        <h3 className="mb-2 text-sm font-semibold">{t("welcome.local")}</h3>
        <LocalServers used={real} />
      </section>
      <section>
        <h3 className="mb-2 text-sm font-semibold">{t("welcome.rehearsal")}</h3>
        <p className="mb-2 text-sm text-muted-foreground">{t("welcome.rehearsalText")}</p>
        <Button onClick={onRehearse}>{t("welcome.rehearse")}</Button>
      </section>
    </div>
  );
}
