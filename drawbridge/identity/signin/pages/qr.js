// Draws a QR code from its rows of dark (1) and light (0) squares.

const SPACE = "http://www.w3.org/2000/svg";
const QUIET = 4;

export function draw(svg, rows) {
  const size = rows.length + 2 * QUIET;
  const path = document.createElementNS(SPACE, "path");
  const squares = rows.flatMap((row, down) =>
    [...row].map((mark, right) => (mark === "1" ? `M${right + QUIET} ${down + QUIET}h1v1h-1z` : "")),
  );
  path.setAttribute("d", squares.join(""));
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.replaceChildren(path);
}
