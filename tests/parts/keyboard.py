"""A pass over a page by the Tab key alone: is each control reached, seen to have the focus, and never a trap?"""

from typing import Final

from playwright.async_api import Page

_MORE_STOPS: Final = 40
"""What Tab stops at besides controls: boxes that scroll, and the browser's own parts."""

# WCAG 2.2: 2.1.1 Keyboard, 2.1.2 No keyboard trap, 2.4.7 Focus visible, 2.4.11 Focus not obscured. Where a dialog is
# open, it is all that there is. Of radio buttons with one name Tab reaches one, and of tabs, options and the like one
# or none: arrow keys lead to the others. A sign of the focus may be on the box that a field is in. The pass begins
# where the page begins, which is told by an element that goes as soon as it has the focus.
_PREPARE: Final = """() => {
    const before = document.activeElement;
    const start = document.createElement("span");
    start.tabIndex = -1;
    const selector = "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable],"
        + " [role=button], [role=link]";
    const byArrows = "[tabindex]:not(a, button, input, select, textarea, summary), [role=tab], [role=option],"
        + " [role^=menuitem], [role=tablist] *, [role=listbox] *, [role=menu] *, [aria-hidden=true] *";
    const root = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
    (root.body ?? root).prepend(start);
    start.focus();
    start.remove();
    const look = (element) => {
        const style = getComputedStyle(element);
        const isDrawn = style.outlineStyle !== "none" && !/, 0\\)$|^transparent$/.test(style.outlineColor);
        const outline = isDrawn ? style.outlineWidth + style.outlineColor : "";
        return [outline, style.boxShadow, style.backgroundColor, style.borderColor].join();
    };
    const looks = (element) => {
        const boxes = [element, element.parentElement, element.parentElement?.parentElement];
        return boxes.filter(Boolean).map(look).join();
    };
    const isRadioOfAnother = (element, all) => element.type === "radio" && !element.checked
        && all.some((other) => other !== element && other.type === "radio" && element.name
            && other.name === element.name && other.form === element.form
            && (other.checked || all.indexOf(other) < all.indexOf(element)));
    const candidates = [...root.querySelectorAll(selector)].filter((element) =>
        !(element.tabIndex < 0 && element.matches(byArrows))
        && !element.matches(":disabled, [inert] *, input[type=hidden]")
        && element.checkVisibility({ visibilityProperty: true }));
    const controls = candidates.filter((element) => !isRadioOfAnother(element, candidates));
    const unfocused = new Map(controls.map((element) => [element, looks(element)]));
    const told = (element) => element.outerHTML.slice(0, 160);
    let last = null;
    let stays = 0;
    const reached = new Set();
    const faults = new Set();
    const isHidden = (element) => {
        const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
        const places = [[left + width / 2, top + height / 2], [left + 3, top + 3], [right - 3, bottom - 3],
            [right - 3, top + 3], [left + 3, bottom - 3]];
        return !places.some(([x, y]) => {
            const hit = document.elementFromPoint(x, y);
            return hit && (element.contains(hit) || hit.contains(element) || hit.closest("label")?.control === element);
        });
    };
    window.keyboardPass = {
        step() {
            const element = document.activeElement;
            stays = element === last ? stays + 1 : 0;
            last = element;
            // A field of a date has stops in itself: day, month, year and the calendar.
            if (0 < stays && stays < 8) {
                return false;
            }
            if (stays) {
                faults.add("the focus does not leave it: " + told(element));
            }
            if (!element || element === document.body || reached.has(element)) {
                return reached.size > 0;
            }
            reached.add(element);
            if (unfocused.get(element) === looks(element) && element.tagName !== "IFRAME") {
                faults.add("no sign of the focus: " + told(element));
            }
            if (isHidden(element)) {
                faults.add("hidden while it has the focus: " + told(element));
            }
            return false;
        },
        end() {
            before?.focus();
            const missed = controls.filter((element) => element.isConnected && !reached.has(element));
            return [...faults, ...missed.map((element) => "not reached by Tab: " + told(element))];
        },
    };
    return controls.length;
}"""


async def keyboard_faults(page: Page) -> list[str]:
    """Go over a page, or the dialog that is open on it, by the Tab key, and return what is wrong with it."""
    controls: int = await page.evaluate(_PREPARE)
    for _ in range(controls + _MORE_STOPS):
        await page.keyboard.press("Tab")
        if await page.evaluate("keyboardPass.step()"):
            break
    faults: list[str] = await page.evaluate("keyboardPass.end()")
    return faults
