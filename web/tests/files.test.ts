// @vitest-environment jsdom
import type { ClipboardEvent } from "react";
import { expect, test } from "vitest";
import { type Attachment, attachmentsAfter } from "../src/chat/files/attachments";
import { sizeOf } from "../src/ui/sizes";
import { LONG_PASTE, pastedFiles } from "../src/chat/files/taking";
import { filesOf } from "../src/chat/files/wire";

function attachment(key: string): Attachment {
  return { key, name: `${key}.txt`, size: 1, state: "waiting", sent: 0, file: null, error: null };
}

function paste(text: string, files: File[] = []): ClipboardEvent {
  return { clipboardData: { files, getData: () => text } } as unknown as ClipboardEvent;
}

test("what is told of a file that was taken away meanwhile changes nothing", () => {
  const all = attachmentsAfter([attachment("a"), attachment("b")], { type: "removed", keys: ["a"] });

  expect(attachmentsAfter(all, { type: "changed", key: "a", change: { state: "ready" } })).toEqual([attachment("b")]);
});

test("a change is of one file alone", () => {
  const all = attachmentsAfter([attachment("a"), attachment("b")], { type: "changed", key: "b", change: { sent: 0.5 } });

  expect(all.map(({ sent }) => sent)).toEqual([0, 0.5]);
});

test("pasted files are files, and so is a text that is too long for a question", async () => {
  const file = new File(["x"], "x.png");

  expect(pastedFiles(paste("", [file]))).toEqual([file]);
  expect(pastedFiles(paste("x".repeat(LONG_PASTE)))).toEqual([]);
  const [long] = pastedFiles(paste("x".repeat(LONG_PASTE + 1)));
  expect([long?.name, long?.size]).toEqual(["pasted.txt", LONG_PASTE + 1]);
});

test("sizes are written for people of the language", () => {
  expect(sizeOf(4, "en")).toBe("4 bytes");
  expect(sizeOf(1536, "en")).toBe("1.5 kB");
  expect(sizeOf(32 * 1024 * 1024, "en")).toBe("32 MB");
  expect(sizeOf(1.5 * 1024 * 1024, "de")).toBe("1,5 MB");
});

test("of a message's parts only the files are files", () => {
  expect(filesOf([{ type: "text" }, { type: "file" }, { type: "reasoning" }])).toEqual([{ type: "file" }]);
});
