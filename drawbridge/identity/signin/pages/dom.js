// What every page does with its document.

export function find(id) {
  return document.getElementById(id);
}

export function say(element, text, good = false) {
  element.textContent = text;
  element.classList.toggle("good", good);
}

// Runs the work of a form or button: one at a time, and what is refused is said where it was asked.
export function onAct(element, said, work) {
  const event = element instanceof HTMLFormElement ? "submit" : "click";
  element.addEventListener(event, async (happened) => {
    happened.preventDefault();
    const buttons = element instanceof HTMLFormElement ? [...element.querySelectorAll("button")] : [element];
    if (buttons.some((button) => button.disabled)) {
      return;
    }
    buttons.forEach((button) => (button.disabled = true));
    say(said, "");
    try {
      await work();
    } catch (error) {
      say(said, error.message || String(error));
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  });
}

export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export function moment(text) {
  return text ? new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "never";
}
