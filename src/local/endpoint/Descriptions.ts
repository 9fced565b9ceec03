/**
 * What the API reference says about types and fields, for `kubectl explain`:
 * the comments of the generated models, read when first asked for.
 */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export interface Descriptions {
  readonly type: string | undefined
  readonly fields: ReadonlyMap<string, string>
}

const none: Descriptions = { type: undefined, fields: new Map() }

const textOf = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join("\n")
    .replace(/\\(['"])/g, "$1")
    .trim()

const commentOn = (declaration: string): RegExp =>
  new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\s*${declaration}`, "g")

const parsed = (source: string): Descriptions => {
  const [type] = [...source.matchAll(commentOn("export declare class"))]
  const fields = [...source.matchAll(commentOn(String.raw`'([^']+)'\??:`))]
  return {
    type: type === undefined ? undefined : textOf(type[1]!),
    fields: new Map(fields.map(([, comment, name]) => [name!, textOf(comment!)]))
  }
}

const sourceOf = (model: string): string | undefined => {
  try {
    const module = import.meta.resolve(`@kubernetes/client-node/dist/gen/models/${model}.js`)
    return readFileSync(fileURLToPath(module).replace(/\.js$/, ".d.ts"), "utf8")
  } catch {
    return undefined
  }
}

const known = new Map<string, Descriptions>()

/** Of a struct by the name of its Go type; nothing is said about types that have no model of their own. */
export const describe = (name: string): Descriptions => {
  const found = known.get(name)
  if (found !== undefined) return found
  const source = sourceOf(`V1${name}`) ?? sourceOf(`CoreV1${name}`)
  const descriptions = source === undefined ? none : parsed(source)
  known.set(name, descriptions)
  return descriptions
}
