import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { FieldGroup } from "../../kit/fields/Field";
import { TextField } from "../../kit/fields/TextField";
import { TokenFields } from "./TokenFields";
import type { PriceRow } from "./wire";

type Band = NonNullable<PriceRow["bands"]>[number];

interface BandFieldsProps {
  bands: readonly Band[];
  path: string;
  onChange: (bands: Band[]) => void;
}

const FIRST_BAND = 200_000;

/** What all tokens of a call cost whose input is long. */
export function BandFields({ bands, path, onChange }: BandFieldsProps) {
  const { t } = useTranslation();
  const changed = (at: number, band: Band) => onChange(bands.map((each, place) => (place === at ? band : each)));
  return (
    <FieldGroup label={t("prices.bands")} hint={t("prices.bandsHint")} path={path}>
      {bands.map((band, at) => (
        // Bands have no names: their place is what they are known by.
        <div key={`band-${String(at)}`} className="mb-3 rounded-lg border border-border p-3">
          <TextField
            label={t("prices.bandAbove")}
            path={`${path}[${String(at)}].above`}
            type="number"
            min={1}
            required
            value={band.above ? band.above.toString() : ""}
            onChange={(typed) => changed(at, { ...band, above: Number(typed) })}
          />
          <TokenFields
            prices={band.per_million}
            path={`${path}[${String(at)}].per_million`}
            onChange={(per_million) => changed(at, { ...band, per_million })}
          />
          <Button onClick={() => onChange(bands.filter((_, place) => place !== at))}>
            <X size={14} aria-hidden />
            {t("prices.removeBand")}
          </Button>
        </div>
      ))}
      <Button onClick={() => onChange([...bands, { above: FIRST_BAND, per_million: { input: "", output: "" } }])}>
        <Plus size={14} aria-hidden />
        {t("prices.addBand")}
      </Button>
    </FieldGroup>
  );
}
