/** Markup that is safe by construction: whatever is put into `safe` is escaped, unless it is markup itself. */

export interface Markup {
  readonly markup: string
}

type Part = string | number | Markup | ReadonlyArray<Markup>

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

const escaped = (part: Part): string => {
  if (typeof part === "number") return `${part}`
  if (typeof part === "string") return part.replaceAll(/[&<>"']/g, (mark) => escapes[mark]!)
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("")
}

export const safe = (texts: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Markup => ({
  markup: texts.map((text, index) => `${text}${index < parts.length ? escaped(parts[index]!) : ""}`).join("")
})

export const nothing: Markup = { markup: "" }

/** Data for the page's own script: no text in it can end the element. */
export const data = (value: unknown): Markup => ({ markup: JSON.stringify(value).replaceAll("<", "\\u003c") })
