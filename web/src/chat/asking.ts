import { useRef } from "react";
import { Refusal } from "../api/refusal";
import { textOf } from "./text";
import { chat, type Message, type Question } from "./wire";

/**
 * Return what asks a question in a conversation, once: where the reply to the same question was lost, it looks whether
 * the question had arrived before it is asked again. `known` are the messages that were there before it.
 */
export function useAsking() {
  const lost = useRef("");
  return async (id: string, question: Question, known: readonly Message[]): Promise<void> => {
    const asked = JSON.stringify([id, question]);
    if (lost.current === asked && (await hasArrived(id, question, known))) {
      lost.current = "";
      return;
    }
    lost.current = "";
    try {
      await chat.say(id, question);
    } catch (caught) {
      lost.current = isLost(caught) ? asked : "";
      throw caught;
    }
  };
}

/** Tell whether nobody knows what became of a request. */
export function isLost(caught: unknown): boolean {
  return caught instanceof Refusal && caught.status === 0;
}

async function hasArrived(id: string, { parentId, text }: Question, known: readonly Message[]): Promise<boolean> {
  const before = new Set(known.map((message) => message.id));
  const { messages } = await chat.messages(id, "");
  return messages.some(
    (message) =>
      message.role === "user" &&
      message.parent_id === parentId &&
      !before.has(message.id) &&
      textOf(message.parts) === text,
  );
}
