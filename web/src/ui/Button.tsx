import type { ComponentProps } from "react";

const LOOKS = {
  first: "bg-primary text-primary-foreground px-3 py-2 font-semibold",
  second: "border border-control px-3 py-2 hover:bg-accent",
  danger: "border border-bad text-bad px-3 py-2 hover:bg-bad-ground",
  quiet: "px-2 py-1 text-muted-foreground hover:bg-accent hover:text-foreground",
} as const;

interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS;
}

export function Button({ look = "second", className = "", type = "button", ...rest }: ButtonProps) {
  const shape = "inline-flex min-h-9 items-center justify-center gap-1.5 rounded-md text-sm";
  return <button type={type} className={`${shape} ${LOOKS[look]} ${className}`} {...rest} />;
}

interface IconButtonProps extends Omit<ButtonProps, "aria-label"> {
  label: string;
}

/** A button that shows a picture only: its label is what it is called, and shown when the pointer rests on it. */
export function IconButton({ label, look = "quiet", className = "", ...rest }: IconButtonProps) {
  return <Button look={look} aria-label={label} title={label} className={`min-w-9 ${className}`} {...rest} />;
}
