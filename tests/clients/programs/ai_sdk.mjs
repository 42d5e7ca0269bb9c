// One turn with a tool through the Vercel AI SDK, streamed. The dialect is the only argument.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";

const { GATEWAY_URL: url, GATEWAY_KEY: apiKey, GATEWAY_MODEL: model, GATEWAY_PROMPT: prompt } = process.env;
const models = {
  chat: () => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(model),
  responses: () => createOpenAI({ baseURL: `${url}/v1`, apiKey })(model),
  anthropic: () => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
  gemini: () => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey })(model),
};
const number = { type: "number" };
const multiply = tool({
  description: "Multiply two numbers.",
  inputSchema: jsonSchema({
    type: "object",
    properties: { a: number, b: number },
    required: ["a", "b"],
    additionalProperties: false,
  }),
  execute: async ({ a, b }) => a * b,
});
const turn = streamText({
  model: models[process.argv[2]](),
  tools: { multiply },
  stopWhen: stepCountIs(4),
  prompt,
  onError: ({ error }) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
for await (const text of turn.textStream) process.stdout.write(text);
