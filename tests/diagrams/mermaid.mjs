// Parses Mermaid texts with Mermaid itself. Standard input: JSON {"root": the node_modules folder, "texts": [...]}.
// Standard output: for each text its labels as Mermaid understands them, or {"error": ...}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { root, texts } = JSON.parse(readFileSync(0, "utf8"));
const { JSDOM } = createRequire(`${root}/`)("jsdom");
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(`${root}/mermaid/dist/mermaid.core.mjs`));

// Mermaid hides entities from its grammar, and shows them again when it draws.
const shown = (label) => {
  const html = label.replace(/ﬂ°°/g, "&#").replace(/ﬂ°/g, "&").replace(/¶ß/g, ";").replace(/<br ?\/?>/g, "\n");
  return new JSDOM(html).window.document.body.textContent;
};

const found = [];
for (const text of texts) {
  try {
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const nodes = [...db.getVertices().values()].map((node) => shown(node.text ?? ""));
    const edges = db.getEdges().map((edge) => shown(edge.text ?? ""));
    const groups = db.getSubGraphs().map((group) => shown(group.title ?? ""));
    found.push({ title: db.getDiagramTitle(), nodes, edges, groups });
  } catch (error) {
    found.push({ error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(found));
process.exit(0);
