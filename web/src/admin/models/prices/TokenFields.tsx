import { useTranslation } from "react-i18next";
import { TextField } from "../../kit/fields/TextField";
import { TOKEN_KINDS, type TokenKind } from "./shown";
import type { TokenPrices } from "./wire";

interface TokenFieldsProps {
  prices: TokenPrices;
  /** Where they stand in what is sent. */
  path: string;
  onChange: (prices: TokenPrices) => void;
}

const WHOLES: readonly TokenKind[] = ["input", "output"];

/** What a million tokens of each kind cost. What is left empty costs as much as the whole of which it is a part. */
export function TokenFields({ prices, path, onChange }: TokenFieldsProps) {
  const { t } = useTranslation();
  function change(kind: TokenKind, typed: string) {
    const text = typed.trim().replace(",", ".");
    onChange({ ...prices, [kind]: text || (WHOLES.includes(kind) ? "" : null) });
  }
  return (
    <div className="grid gap-x-4 sm:grid-cols-2">
      {TOKEN_KINDS.map((kind) => (
        <TextField
          key={kind}
          label={t(`prices.kind.${kind}`)}
          path={`${path}.${kind}`}
          inputMode="decimal"
          autoComplete="off"
          required={WHOLES.includes(kind)}
          placeholder={WHOLES.includes(kind) ? "2.50" : t("prices.asWhole")}
          value={prices[kind] ?? ""}
          onChange={(typed) => change(kind, typed)}
        />
      ))}
    </div>
  );
}
