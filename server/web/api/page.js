// Draws the document of the API. Everything is put in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const table = (heads, rows) => {
  const head = element("tr", "", ...heads.map((text) => element("th", text)));
  const body = rows.map((cells) => element("tr", "", ...cells.map((text) => element("td", text))));
  return element("table", "", head, ...body);
};

// A schema with what it refers to in place, as far down as a person wants to read.
const resolved = (schema, all, depth = 0) => {
  if (!schema || typeof schema !== "object" || depth > 6) return schema;
  if (schema.$ref) return resolved(all[schema.$ref.split("/").pop()], all, depth + 1);
  if (Array.isArray(schema)) return schema.map((each) => resolved(each, all, depth));
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, all, depth)]));
};

const shown = (content, all) =>
  Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
    element("p", type),
    element("pre", JSON.stringify(resolved(schema, all), null, 1)),
  ]);

const describe = (method, path, operation, all) => {
  const head = element("summary", "", element("code", method.toUpperCase()), element("code", ` ${path}`), ` — ${operation.summary ?? ""}`);
  head.firstChild.className = "method";
  const body = element("details", "", head);
  if (operation.description) body.append(element("p", operation.description));
  const parameters = operation.parameters ?? [];
  if (parameters.length > 0) {
    const rows = parameters.map((it) => [it.name, it.in, it.required ? "yes" : "", it.description ?? ""]);
    body.append(table(["parameter", "in", "required", ""], rows));
  }
  body.append(...shown(operation.requestBody?.content, all));
  const answers = Object.entries(operation.responses ?? {});
  body.append(table(["status", ""], answers.map(([status, answer]) => [status, answer.description])));
  const success = answers.find(([status]) => status.startsWith("2"));
  if (success) body.append(...shown(success[1].content, all));
  return body;
};

const draw = (api) => {
  document.getElementById("about").textContent = api.info.description;
  const all = api.components?.schemas ?? {};
  const drawn = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => describe(method, path, item[method], all)));
  document.getElementById("operations").append(...drawn);
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const each of drawn) each.hidden = !each.firstChild.textContent.toLowerCase().includes(wanted);
  });
};

fetch("/v1/openapi.json").then((answer) => answer.json()).then(draw);
