import { type ReactNode, useLayoutEffect, useRef } from "react";

interface ModalProps {
  label: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
  /** What else closes it than what stands in it: Escape, a click beside it too, or nothing at all.
   * By Escape, so that no click loses what was typed. */
  closedBy?: "closerequest" | "any" | "none";
}

/** A dialog over the page, open as long as it is there. The browser keeps the focus in it. */
export function Modal(props: ModalProps) {
  const { label, onClose, children, className = "max-w-md p-5", closedBy = "closerequest" } = props;
  const ref = useRef<HTMLDialogElement>(null);
  // Closed before it is gone, so that the focus goes back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={label}
      // Closed and shown anew at once, as in strict mode, it tells of the closing when it is open again.
      // For browsers that do not know `closedby`.
      onCancel={(event) => closedBy === "none" && event.preventDefault()}
      onClose={() => !ref.current?.open && onClose()}
      className={`w-[calc(100vw-2rem)] rounded-xl border border-border ${className}`}
      {...{ closedby: closedBy }}
    >
      {children}
    </dialog>
  );
}
