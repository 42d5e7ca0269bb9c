import { type ReactNode, useLayoutEffect, useRef } from "react";

interface ModalProps {
  label: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

/** A dialog over the page, open as long as it is there. The browser keeps the focus in it, and Escape closes it. */
export function Modal({ label, onClose, children, className = "max-w-md p-5" }: ModalProps) {
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
      onClose={() => !ref.current?.open && onClose()}
      className={`w-[calc(100vw-2rem)] rounded-xl border border-border ${className}`}
      {...{ closedby: "any" }}
    >
      {children}
    </dialog>
  );
}
