// One turn with a tool through the Vercel AI SDK, streamed. The arguments are the release, 6 or 7, and the dialect.
const [release, dialect] = process.argv.slice(2);
const isOld = release === "6";
const provider = (name) => import(isOld ? `ai-6-${name}` : `@ai-sdk/${name}`);
const { createAnthropic } = await provider("anthropic");
const { createGoogleGenerativeAI } = await provider("google");
const { createOpenAI } = await provider("openai");
const { jsonSchema, stepCountIs, streamText, tool } = await import(isOld ? "ai-6" : "ai");

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
  model: models[dialect](),
  tools: { multiply },
  stopWhen: stepCountIs(4),
  prompt,
  onError: ({ error }) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
for await (const text of turn.textStream) process.stdout.write(text);
