import { useTranslation } from "react-i18next";
import { halves } from "./amounts";

interface AmountProps {
  nanousd: bigint;
  /** In a column: digits behind the cents have room of their own, so that the points stand below each other. */
  inColumn?: boolean;
}

/** Of nano-dollars, seven digits are below a cent. */
const MOST_BEYOND = 7;

/** An amount to its last digit. What is behind the cents stands back, since it counts less. */
export function Amount({ nanousd, inColumn = false }: AmountProps) {
  const { i18n } = useTranslation();
  const { upToCents, beyond, behind } = halves(nanousd, i18n.language);
  const spare = inColumn ? MOST_BEYOND - beyond.length : 0;
  return (
    <span className="whitespace-nowrap tabular-nums">
      {upToCents}
      <span className="text-[0.8em] font-normal text-muted-foreground">{beyond}</span>
      {behind}
      {spare > 0 ? <span aria-hidden className="text-[0.8em] font-normal" style={{ paddingRight: `${spare}ch` }} /> : null}
    </span>
  );
}
