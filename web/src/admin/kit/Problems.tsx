import { useEffect, useRef } from "react";
import { Refusal } from "../../api/refusal";
import { Said } from "../../ui/Said";

/** Everything that was wrong with what a form sent, told where it is heard, and shown where it was sent from. */
export function Problems({ error }: { error: unknown }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error) {
      ref.current?.scrollIntoView({ block: "nearest" });
    }
  }, [error]);
  const isListed = error instanceof Refusal && error.problems.length > 0;
  return (
    <div ref={ref} className="mb-3">
      {isListed ? (
        <ul role="alert" className="list-disc rounded-md bg-bad-ground py-2 pr-3 pl-7 text-sm break-words text-bad">
          {error.problems.map((problem) => (
            <li key={`${problem.path} ${problem.message}`}>
              <code>{problem.path.replace(/^\$\.?/, "")}</code> {problem.message}
            </li>
          ))}
        </ul>
      ) : (
        <Said error={error} />
      )}
    </div>
  );
}
