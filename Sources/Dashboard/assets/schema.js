// A JSON Schema as people read types: members a line, `?` for those that may be missing, named schemas as links.
import { h } from "./dom.js";

const word = (text) => h("span", { class: "word" }, text);
const note = (text) => h("span", { class: "note" }, text);

/** Text as it is, with a name, that a keyboard can scroll. */
export const block = (label, ...content) => h("pre", { role: "group", tabindex: "0", "aria-label": label }, ...content);

/** The nodes of a schema. */
export function shape(schema, depth = 0) {
  if (schema === true || schema === undefined) return ["any"];
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return [h("a", { href: `#schema-${name}` }, name)];
  }
  if ("const" in schema) return [word(JSON.stringify(schema.const))];
  if (schema.enum) return between(schema.enum.map((value) => [word(JSON.stringify(value))]), " | ");
  const forms = schema.anyOf || schema.oneOf;
  if (forms) return between(forms.map((form) => shape(form, depth)), " | ");
  if (schema.contentSchema) return ["JSON of ", ...shape(schema.contentSchema, depth)];
  if (schema.properties) return object(schema, depth);
  if (schema.items) return ["[", ...shape(schema.items, depth), "]"];
  return [plain(schema, depth)];
}

function plain(schema, depth) {
  const type = [schema.type ?? "any"].flat().join(" | ");
  if (type === "object" && schema.additionalProperties?.type) return ["{ [name]: ", shape(schema.additionalProperties, depth), " }"];
  const bounds = [
    schema.format, schema.minimum !== undefined ? `from ${schema.minimum}` : null, schema.maximum !== undefined ? `to ${schema.maximum}` : null,
    schema.minLength ? `${schema.minLength}${schema.maxLength ? "" : " or more"}` : null, schema.maxLength ? `to ${schema.maxLength} characters` : null,
  ].filter(Boolean);
  return bounds.length ? [type, note(` (${bounds.join(" ")})`)] : type;
}

function object(schema, depth) {
  const blank = "  ".repeat(depth + 1);
  const required = new Set(schema.required);
  const lines = Object.entries(schema.properties).map(([name, member]) => [
    blank, `${name}${required.has(name) ? "" : "?"}: `, ...shape(member, depth + 1), member.description ? note(`  // ${member.description}`) : "", "\n",
  ]);
  const rest = schema.additionalProperties === false ? [] : [[blank, note("…others"), "\n"]];
  return lines.length + rest.length ? ["{\n", ...lines, ...rest, "  ".repeat(depth), "}"] : ["{}"];
}

const between = (lists, sign) => lists.flatMap((list, index) => (index ? [sign, ...list] : list));
