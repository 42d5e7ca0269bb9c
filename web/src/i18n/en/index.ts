import access from "./access.json";
import chat from "./chat.json";
import files from "./files.json";
import first from "./first.json";
import models from "./models.json";
import money from "./money.json";
import shell from "./shell.json";

export default { ...shell, ...chat, ...files, ...first, ...access, ...models, ...money };
