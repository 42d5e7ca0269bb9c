import { Plus } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "../../../ui/Button";
import { FieldGroup, type FieldProps, INPUT } from "./Field";
import { Tags } from "./Tags";

interface WordsFieldProps extends FieldProps {
  values: readonly string[];
  /** What the button says that adds what was typed. */
  add: string;
  placeholder?: string;
  /** What is offered while typing. */
  offers?: readonly string[];
  onChange: (values: string[]) => void;
}

/** Any number of texts, typed one by one. The one that is being typed is the last of them already: nothing is lost. */
export function WordsField({ label, hint, path, values, add, placeholder, offers = [], onChange }: WordsFieldProps) {
  const list = useId();
  const [typed, setTyped] = useState("");
  const word = typed.trim();
  const settled = word && values.at(-1) === word ? values.slice(0, -1) : values;
  function type(text: string) {
    setTyped(text);
    onChange(text.trim() ? [...settled, text.trim()] : [...settled]);
  }
  function take() {
    setTyped("");
    onChange([...new Set(values)]);
  }
  return (
    <FieldGroup label={label} hint={hint} path={path}>
      <Tags values={settled} onRemove={(removed) => onChange(values.filter((each) => each !== removed))} />
      <div className="flex gap-2">
        <input
          aria-label={label}
          placeholder={placeholder}
          list={offers.length ? list : undefined}
          value={typed}
          onChange={(event) => type(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing) {
              event.preventDefault();
              take();
            }
          }}
          className={INPUT}
        />
        <Button onClick={take} disabled={!word} className="shrink-0">
          <Plus size={14} aria-hidden />
          {add}
        </Button>
      </div>
      {offers.length ? (
        <datalist id={list}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      ) : null}
    </FieldGroup>
  );
}
