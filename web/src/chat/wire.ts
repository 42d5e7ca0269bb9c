/** What the API under /api/chat says, and the calls that the pages make of it. */
import { api, taken } from "../api/client";
import type { components } from "../api/schema";
import type { Part } from "./stream/fold";

type Bodies = components["schemas"];

export type Conversation = Bodies["ConversationBody"];
export type WholeConversation = Bodies["WholeConversationBody"];
export type Loss = Bodies["LossBody"];
export type Model = Bodies["OfferBody"];
export type Piece = Bodies["PieceBody"];
export type Parameters = Bodies["ParametersBody"];

/** What holds for the next turns of a conversation. */
export type Settings = Pick<Conversation, "system_prompt" | "parameters">;

export interface Message extends Omit<Bodies["MessageBody"], "parts"> {
  parts: readonly Part[];
}

export interface Question {
  parentId: string | null;
  text: string;
  /** The ids of files. */
  files: readonly string[];
  model: string;
}

const PAGE = 50;
const ROOT = "/api/chat";

const page = (cursor: string) => (cursor ? { limit: PAGE, cursor } : { limit: PAGE });
const of = (conversation_id: string) => ({ path: { conversation_id } });

export const chat = {
  async conversations(cursor: string) {
    return taken(await api.GET(`${ROOT}/conversations`, { params: { query: page(cursor) } }));
  },
  async begin(settings: Settings, temporary: boolean) {
    const body = { ...settings, temporary, title_by_model: true };
    return taken(await api.POST(`${ROOT}/conversations`, { body }));
  },
  async open(id: string) {
    return taken(await api.GET(`${ROOT}/conversations/{conversation_id}`, { params: of(id) }));
  },
  async change(id: string, body: Partial<Settings> & { title?: string; current_message_id?: string }) {
    return taken(await api.PATCH(`${ROOT}/conversations/{conversation_id}`, { params: of(id), body }));
  },
  async remove(id: string) {
    await api.DELETE(`${ROOT}/conversations/{conversation_id}`, { params: of(id) });
  },
  async messages(id: string, cursor: string) {
    const params = { ...of(id), query: page(cursor) };
    const found = taken(await api.GET(`${ROOT}/conversations/{conversation_id}/messages`, { params }));
    // The API knows parts as JSON of their types: of others than these, nothing is shown.
    return { ...found, messages: found.messages as readonly object[] as readonly Message[] };
  },
  async say(id: string, { parentId, text, files, model }: Question) {
    // Vendors advise to put files before what is asked about them.
    const brought = files.map((file) => ({ type: "file" as const, id: file }));
    const parts = text.trim() ? [...brought, { type: "text" as const, text }] : brought;
    const body = { parent_id: parentId, parts, model };
    return taken(await api.POST(`${ROOT}/conversations/{conversation_id}/turns`, { params: of(id), body }));
  },
  async again(messageId: string, model: string) {
    const params = { path: { message_id: messageId } };
    // With the settings that the conversation has now, not those of the answer.
    const body = { model, parameters: {} };
    return taken(await api.POST(`${ROOT}/messages/{message_id}/regenerate`, { params, body }));
  },
  async stop(runId: string) {
    await api.POST(`${ROOT}/runs/{run_id}/stop`, { params: { path: { run_id: runId } } });
  },
  async rate(messageId: string, rating: Message["rating"], note: string) {
    const params = { path: { message_id: messageId } };
    await api.PUT(`${ROOT}/messages/{message_id}/feedback`, { params, body: { rating, note } });
  },
  async models() {
    return taken(await api.GET(`${ROOT}/models`));
  },
  async search(q: string, cursor: string) {
    return taken(await api.GET(`${ROOT}/search`, { params: { query: { q, ...page(cursor) } } }));
  },
  exportPath: (id: string, format: "markdown" | "json") => `${ROOT}/conversations/${id}/export?format=${format}`,
};
